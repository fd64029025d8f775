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

/*
 * certificate_make makes the key, the certificate and their files; certificate_remove frees them.
 * names are those the certificate is valid for, as in "DNS:localhost,IP:127.0.0.1".
 */
void certificate_make(certificate *self, const char *names);

/* certificate_remove deletes the files with their directory, and frees the key. */
void certificate_remove(certificate *self);

/* certificate_issue gives a server's context, which the caller frees, with a certificate of this
 * number that self has signed. */
SSL_CTX *certificate_issue(const certificate *self, const char *names, int number);

/* certificate_revoke writes a revocation list to the file: it names the certificate of this number.
 */
void certificate_revoke(const certificate *self, const char *file, int number);

/* certificate_server gives a server's context, which the caller frees; with ask_client it demands a
 * client's certificate. */
SSL_CTX *certificate_server(const certificate *self, bool ask_client);

#endif
