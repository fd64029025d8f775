/*
 * certificate: a key and a certificate that it has signed itself, made for one test.
 *
 * The files lie in a directory of their own until certificate_remove. Nothing is checked in that
 * could expire.
 */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include <openssl/ssl.h>
#include <stdbool.h>

#define KEY_PASSWORD "a long password"

typedef struct certificate {
    EVP_PKEY *pair;
    X509 *signed_by_itself;
    char directory[64];
    char cert_file[96];
    char key_file[96];
    char locked_file[96]; /* the key, behind KEY_PASSWORD */
    char pem[4096];       /* what is in cert_file */
} certificate;

/* names is what it is good for, as in "DNS:localhost,IP:127.0.0.1". */
void certificate_make(certificate *self, const char *names);
void certificate_remove(certificate *self);

/* certificate_revoke writes the list of what it has revoked: the certificate of this number. Its
 * own is 1. */
void certificate_revoke(const certificate *self, const char *file, int number);

/* certificate_server gives a server's context, which demands a client's certificate if it is to. */
SSL_CTX *certificate_server(const certificate *self, bool ask_client);

#endif
