#include "certificate.h"

#include "check.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void name_it(X509 *made, const char *names)
{
    X509_NAME *subject = X509_get_subject_name(made);
    const unsigned char *common = (const unsigned char *)"a test";
    CHECK(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common, -1, -1, 0) == 1);
    CHECK(X509_set_issuer_name(made, subject) == 1);
    X509V3_CTX context;
    X509V3_set_ctx(&context, made, made, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, names);
    CHECK(extension != NULL && X509_add_ext(made, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static X509 *sign(EVP_PKEY *pair, const char *names)
{
    X509 *made = X509_new();
    CHECK(made != NULL && X509_set_version(made, 2) == 1);
    CHECK(ASN1_INTEGER_set(X509_get_serialNumber(made), 1) == 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    CHECK(X509_set_pubkey(made, pair) == 1);
    name_it(made, names);
    CHECK(X509_sign(made, pair, EVP_sha256()) > 0);
    return made;
}

static void write_key(const char *path, EVP_PKEY *pair, const EVP_CIPHER *cipher)
{
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    const char *password = cipher == NULL ? NULL : KEY_PASSWORD;
    int length = password == NULL ? 0 : (int)strlen(password);
    CHECK(PEM_write_PKCS8PrivateKey(file, pair, cipher, password, length, NULL, NULL) == 1);
    fclose(file);
}

static void write_certificate(certificate *self)
{
    FILE *file = fopen(self->cert_file, "w+");
    CHECK(file != NULL && PEM_write_X509(file, self->signed_by_itself) == 1);
    rewind(file);
    self->pem[fread(self->pem, 1, sizeof self->pem - 1, file)] = '\0';
    fclose(file);
}

void certificate_make(certificate *self, const char *names)
{
    *self = (certificate){.directory = "/tmp/rc-test-XXXXXX"};
    CHECK(mkdtemp(self->directory) != NULL);
    snprintf(self->cert_file, sizeof self->cert_file, "%s/cert.pem", self->directory);
    snprintf(self->key_file, sizeof self->key_file, "%s/key.pem", self->directory);
    snprintf(self->locked_file, sizeof self->locked_file, "%s/locked.pem", self->directory);
    self->pair = EVP_EC_gen("P-256");
    CHECK(self->pair != NULL);
    self->signed_by_itself = sign(self->pair, names);
    write_certificate(self);
    write_key(self->key_file, self->pair, NULL);
    write_key(self->locked_file, self->pair, EVP_aes_256_cbc());
}

void certificate_remove(certificate *self)
{
    unlink(self->cert_file);
    unlink(self->key_file);
    unlink(self->locked_file);
    rmdir(self->directory);
    X509_free(self->signed_by_itself);
    EVP_PKEY_free(self->pair);
}

void certificate_revoke(const certificate *self, const char *path, int number)
{
    X509_CRL *list = X509_CRL_new();
    X509_REVOKED *revoked = X509_REVOKED_new();
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_TIME *now = X509_gmtime_adj(NULL, -60);
    ASN1_TIME *later = X509_gmtime_adj(NULL, 3600);
    CHECK(ASN1_INTEGER_set(serial, number) == 1);
    CHECK(X509_REVOKED_set_serialNumber(revoked, serial) == 1);
    CHECK(X509_REVOKED_set_revocationDate(revoked, now) == 1);
    CHECK(X509_CRL_set_version(list, 1) == 1);
    CHECK(X509_CRL_set_issuer_name(list, X509_get_subject_name(self->signed_by_itself)) == 1);
    CHECK(X509_CRL_set1_lastUpdate(list, now) == 1 && X509_CRL_set1_nextUpdate(list, later) == 1);
    CHECK(X509_CRL_add0_revoked(list, revoked) == 1);
    CHECK(X509_CRL_sign(list, self->pair, EVP_sha256()) > 0);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && PEM_write_X509_CRL(file, list) == 1);
    fclose(file);
    ASN1_TIME_free(now);
    ASN1_TIME_free(later);
    ASN1_INTEGER_free(serial);
    X509_CRL_free(list);
}

SSL_CTX *certificate_server(const certificate *self, bool ask_client)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    CHECK(context != NULL);
    CHECK(SSL_CTX_use_certificate(context, self->signed_by_itself) == 1);
    CHECK(SSL_CTX_use_PrivateKey(context, self->pair) == 1);
    if (ask_client) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        CHECK(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), self->signed_by_itself) == 1);
    }
    return context;
}
