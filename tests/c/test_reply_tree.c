/* test_reply_tree: a walk finds the ends of elements, texts are compared whole, and copies are the
 * same.
 */
#include "check.h"
#include "text.h"

#include "core/resp/reply_tree.h"

static void add_array(rc_reply_tree *tree, uint32_t size)
{
    rc_item *item = rc_reply_tree_add(tree, RC_ITEM_ARRAY);
    CHECK(item != NULL);
    item->size = size;
}

static void add_integer(rc_reply_tree *tree, int64_t value)
{
    rc_item *item = rc_reply_tree_add(tree, RC_ITEM_INTEGER);
    CHECK(item != NULL);
    item->integer = value;
}

static void add_nil(rc_reply_tree *tree)
{
    rc_item *item = rc_reply_tree_add(tree, RC_ITEM_NIL);
    CHECK(item != NULL);
    item->size = 0;
}

static void add_text(rc_reply_tree *tree, rc_item_type type, const char *text)
{
    rc_reply_tree_add_text(tree, type, text, strlen(text));
    CHECK(!tree->failed);
}

/* fill records +first and [$abc [:7 nil] [] -ERR no], which begins at 1 and ends before 8. */
static void fill(rc_reply_tree *tree)
{
    add_text(tree, RC_ITEM_STATUS, "first");
    add_array(tree, 4);
    add_text(tree, RC_ITEM_STRING, "abc");
    add_array(tree, 2);
    add_integer(tree, 7);
    add_nil(tree);
    add_array(tree, 0);
    add_text(tree, RC_ITEM_ERROR, "ERR no");
    add_text(tree, RC_ITEM_DROPPED, "too much");
}

static void next_steps_over_whole_elements(void)
{
    rc_reply_tree tree = {0};
    fill(&tree);
    static const size_t next[] = {1, 8, 3, 6, 5, 6, 7, 8, 9};
    for (size_t position = 0; position < 9; position++) {
        CHECK_INT(rc_reply_tree_next(&tree, position), next[position]);
    }
    rc_reply_tree_free(&tree);
}

static void text_is_compared_whole(void)
{
    rc_reply_tree tree = {0};
    add_text(&tree, RC_ITEM_STATUS, "yes");
    add_text(&tree, RC_ITEM_STRING, "yes");
    add_text(&tree, RC_ITEM_ERROR, "yes");
    add_text(&tree, RC_ITEM_DROPPED, "yes");
    add_text(&tree, RC_ITEM_STRING, "yes!");
    add_text(&tree, RC_ITEM_STRING, "ye");
    rc_reply_tree_add_text(&tree, RC_ITEM_STATUS, "yes\0!", 5);
    add_integer(&tree, 1);
    add_nil(&tree);
    for (size_t i = 0; i < tree.count; i++) {
        CHECK_INT(rc_reply_tree_is_text(&tree, rc_reply_tree_item(&tree, i), "yes"), i < 2);
    }
    rc_reply_tree_free(&tree);
}

static void a_failure_is_an_error_or_what_was_dropped(void)
{
    rc_reply_tree tree = {0};
    fill(&tree);
    for (size_t i = 0; i < tree.count; i++) {
        CHECK_INT(rc_reply_tree_is_failure(rc_reply_tree_item(&tree, i)), i >= 7);
    }
    rc_reply_tree_free(&tree);
}

static void a_copy_is_the_same_elsewhere(void)
{
    rc_reply_tree tree = {0};
    rc_reply_tree copy = {0};
    fill(&tree);
    CHECK_STATUS(rc_reply_tree_copy(&copy, &tree, 1), RC_OK);
    CHECK_STATUS(rc_reply_tree_copy(&copy, &tree, 0), RC_OK);
    CHECK_STATUS(rc_reply_tree_copy(&copy, &tree, 8), RC_OK);
    rc_reply_tree_clear(&tree);
    CHECK_INT(tree.count, 0);
    CHECK_TEXT(text_reply(&copy, 0), "[$abc [:7 nil] [] -ERR no]");
    CHECK_TEXT(text_reply(&copy, 7), "+first");
    CHECK_TEXT(text_reply(&copy, 8), "!too much");
    CHECK_INT(copy.count, 9);
    rc_reply_tree_free(&copy);
    rc_reply_tree_free(&tree);
}

/* What is cut off leaves the rest as it was, and its place to what comes next. */
static void the_end_can_be_cut_off(void)
{
    rc_reply_tree tree = {0};
    add_text(&tree, RC_ITEM_STATUS, "first");
    size_t length = tree.text.length;
    add_text(&tree, RC_ITEM_STRING, "second");
    rc_reply_tree_cut(&tree, 1, length);
    add_text(&tree, RC_ITEM_STRING, "third");
    CHECK_INT(tree.count, 2);
    CHECK_TEXT(text_reply(&tree, 0), "+first");
    CHECK_TEXT(text_reply(&tree, 1), "$third");
    rc_reply_tree_free(&tree);
}

static void a_cleared_tree_keeps_little(void)
{
    rc_reply_tree tree = {0};
    static char text[2000000];
    for (int i = 0; i < 100000; i++) {
        add_nil(&tree);
    }
    rc_reply_tree_add_text(&tree, RC_ITEM_STRING, text, sizeof text);
    rc_reply_tree_clear(&tree);
    CHECK_INT(tree.count, 0);
    CHECK(tree.capacity < 10000 && tree.text.capacity < sizeof text);
    rc_reply_tree_free(&tree);
}

static void without_memory_nothing_is_copied(void)
{
    rc_reply_tree tree = {0};
    rc_reply_tree copy = {0};
    fill(&tree);
    CHECK_STATUS(rc_reply_tree_copy(&copy, &tree, 0), RC_OK);
    for (int i = 0; i < 14; i++) {
        add_integer(&copy, i);
    }
    size_t count = copy.count;
    size_t length = copy.text.length;
    fail_begin();
    rc_status status = rc_reply_tree_copy(&copy, &tree, 1);
    bool failed = fail_end();
    CHECK_STATUS(status, failed ? RC_NOMEM : RC_OK);
    CHECK(!copy.failed);
    if (failed) {
        CHECK_INT(copy.count, count);
        CHECK_INT(copy.text.length, length);
    }
    rc_reply_tree_free(&copy);
    rc_reply_tree_free(&tree);
}

int main(void)
{
    RUN(next_steps_over_whole_elements);
    RUN(text_is_compared_whole);
    RUN(a_failure_is_an_error_or_what_was_dropped);
    RUN(a_copy_is_the_same_elsewhere);
    RUN(the_end_can_be_cut_off);
    RUN(a_cleared_tree_keeps_little);
    FAIL_EACH(without_memory_nothing_is_copied);
    return 0;
}
