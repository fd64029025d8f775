#include "client.h"

#include "check.h"

#include <stdlib.h>

enum { LONG = 40 * 1000 * 1000 };

void client_start_bare(client *self)
{
    *self = (client){0};
    nodes_start_bare(&self->nodes, 2);
    nodes_open(&self->nodes);
}

void client_start_new(client *self)
{
    *self = (client){0};
    nodes_start(&self->nodes, 2);
    nodes_open(&self->nodes);
}

void client_start(client *self)
{
    client_start_new(self);
    rc_error error;
    CHECK_STATUS(rc_topology_refresh(&self->nodes.topology, 0, &no_end, &error), RC_OK);
    client_expect(self, 0, "1:CLUSTER SLOTS\n");
}

void client_stop(client *self)
{
    rc_batch_free(&self->batch);
    nodes_close(&self->nodes);
    nodes_stop(&self->nodes);
}

void client_answer(client *self, int number, const char *request, const char *reply)
{
    server_on(self->nodes.server[number], request, reply);
}

void client_answer_once(client *self, int number, const char *request, const char *reply)
{
    server_once(self->nodes.server[number], request, reply);
}

void client_rule(client *self, int number, rule added)
{
    server_rule(self->nodes.server[number], added);
}

void client_expect(client *self, int number, const char *log)
{
    server_expect(self->nodes.server[number], log);
}

int client_seen(client *self, int number, const char *request)
{
    return server_seen(self->nodes.server[number], request);
}

void client_write(client *self, const char *text)
{
    text_queue(&self->batch, text, 0);
}

void client_write_long(client *self, const char *key)
{
    char *text = malloc(LONG + 20);
    CHECK(text != NULL);
    size_t length = strlen(strcpy(text, text_format("SET %s ", key)));
    memset(text + length, 'x', LONG);
    text[length + LONG] = '\0';
    client_write(self, text);
    free(text);
}

void client_read(client *self, const char *text)
{
    text_queue(&self->batch, text, RC_COMMAND_READ);
}

void client_run(client *self)
{
    CHECK_STATUS(rc_executor_execute(&self->nodes.executor, &self->batch, &no_end), RC_OK);
}

void client_expect_outcome(const client *self, size_t index, const char *outcome)
{
    CHECK_TEXT(text_outcome(&self->batch, index), outcome);
}

void client_works(client *self)
{
    for (int i = 0; i < 2; i++) {
        server_forget_rules(self->nodes.server[i]);
        client_answer(self, i, CLUSTER_SLOTS, nodes_table(&self->nodes, 0, 2));
        client_answer(self, i, "GET *", "+well\r\n");
    }
    rc_batch_clear(&self->batch);
    client_read(self, "GET a");
    client_read(self, "GET b");
    client_run(self);
    client_expect_outcome(self, 0, "+well");
    client_expect_outcome(self, 1, "+well");
}
