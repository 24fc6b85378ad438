/* SPDX-License-Identifier: MIT
 *
 * curl's codes as causes.
 */
#include "checker/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { MEMORY_NEEDED = 1024 * 1024 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Why a connection could not be made. Where this machine ran out of something, nothing is known of the service. */
static struct verdict not_connected(int os_errno)
{
	switch (os_errno) {
	case ECONNREFUSED:
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_REFUSED};
	case ETIMEDOUT:
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_TIMEOUT};
	/* A socket or a filter that does not let us through. */
	case EACCES:
	case EPERM:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return cannot_probe(os_errno);
	default:
		return (struct verdict){.outcome = OUTCOME_BAD, .cause = CAUSE_UNREACHABLE, .detail = os_errno};
	}
}

/*
 * How the codes of curl read here. What is not listed is an answer that curl cannot read: curl has many codes for that, and
 * some of them sound as if we had made a mistake (CURLE_BAD_FUNCTION_ARGUMENT for a header without a colon).
 */
static const struct {
	CURLcode code;
	enum cause cause;
} causes[] = {
        {CURLE_COULDNT_RESOLVE_HOST, CAUSE_UNRESOLVED},
        {CURLE_OPERATION_TIMEDOUT, CAUSE_TIMEOUT},
        {CURLE_GOT_NOTHING, CAUSE_DROPPED},
        {CURLE_PARTIAL_FILE, CAUSE_DROPPED},
        {CURLE_RECV_ERROR, CAUSE_DROPPED},
        {CURLE_SEND_ERROR, CAUSE_DROPPED},
        {CURLE_SSL_CONNECT_ERROR, CAUSE_TLS},
        {CURLE_SSL_CIPHER, CAUSE_TLS},
        {CURLE_PEER_FAILED_VERIFICATION, CAUSE_TLS},
        {CURLE_USE_SSL_FAILED, CAUSE_TLS},
        {CURLE_SSL_SHUTDOWN_FAILED, CAUSE_TLS},
        {CURLE_SSL_ISSUER_ERROR, CAUSE_TLS},
        {CURLE_SSL_PINNEDPUBKEYNOTMATCH, CAUSE_TLS},
        {CURLE_SSL_INVALIDCERTSTATUS, CAUSE_TLS},
        {CURLE_SSL_CLIENTCERT, CAUSE_TLS},
        /* Whatever the server does, these come from this side. */
        {CURLE_FAILED_INIT, CAUSE_CANNOT_PROBE},
        {CURLE_URL_MALFORMAT, CAUSE_CANNOT_PROBE},
        {CURLE_NOT_BUILT_IN, CAUSE_CANNOT_PROBE},
        {CURLE_COULDNT_RESOLVE_PROXY, CAUSE_CANNOT_PROBE},
        {CURLE_READ_ERROR, CAUSE_CANNOT_PROBE},
        {CURLE_INTERFACE_FAILED, CAUSE_CANNOT_PROBE},
        {CURLE_UNKNOWN_OPTION, CAUSE_CANNOT_PROBE},
        {CURLE_SSL_ENGINE_NOTFOUND, CAUSE_CANNOT_PROBE},
        {CURLE_SSL_ENGINE_SETFAILED, CAUSE_CANNOT_PROBE},
        {CURLE_SSL_ENGINE_INITFAILED, CAUSE_CANNOT_PROBE},
        {CURLE_SSL_CERTPROBLEM, CAUSE_CANNOT_PROBE}, /* our certificate, or its key */
        {CURLE_SSL_CACERT_BADFILE, CAUSE_CANNOT_PROBE},
        {CURLE_SSL_CRL_BADFILE, CAUSE_CANNOT_PROBE},
        {CURLE_NO_CONNECTION_AVAILABLE, CAUSE_CANNOT_PROBE},
};

/* curl says "out of memory" of a header that is longer than it allows, too: ask the system. */
static bool memory_is_short(void)
{
	void *block = malloc(MEMORY_NEEDED);

	free(block);
	return !block;
}

struct verdict transfer_verdict(CURLcode code, int os_errno)
{
	struct verdict verdict = {.outcome = OUTCOME_BAD, .cause = CAUSE_GARBLED};

	if (code == CURLE_COULDNT_CONNECT)
		return not_connected(os_errno);
	if (code == CURLE_OUT_OF_MEMORY && memory_is_short())
		return cannot_probe(ENOMEM);
	for (size_t i = 0; i < COUNT_OF(causes); i++)
		if (causes[i].code == code)
			verdict.cause = causes[i].cause;
	if (verdict.cause == CAUSE_CANNOT_PROBE)
		return cannot_probe(code == CURLE_URL_MALFORMAT ? EINVAL : EIO);
	/* Only these come from the socket; for others the errno is what is left of an address that was tried before. */
	if (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR)
		verdict.detail = os_errno;
	if (verdict.cause == CAUSE_TLS || verdict.cause == CAUSE_GARBLED)
		verdict.detail = (int32_t)code;
	return verdict;
}

/* 0 or the errno of opening it. */
static int try_file(const struct probe *probe, text_at path)
{
	int fd = path ? open(flat_text(probe->flat, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

	if (path && fd < 0)
		return errno;
	if (fd >= 0)
		close(fd);
	return 0;
}

/* A certificate or key cannot be read: by errno, EINVAL where it is none. */
static struct verdict file_failure(const struct probe *probe)
{
	const struct check_spec *spec = probe->spec;
	const text_at files[] = {spec->ca_file, spec->client_certificate, spec->client_key};
	int error = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && error == 0; i++)
		error = try_file(probe, files[i]);
	if (error == EMFILE || error == ENFILE || error == ENOMEM)
		return cannot_probe(error);
	return is_blind(error ? error : EINVAL);
}

struct verdict transfer_failure(const struct transfer *transfer, CURLcode code)
{
	const struct probe *probe = transfer->probe;
	long os_errno = 0;

	if (transfer->error)
		return lookup_failure(transfer->error);
	if (code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE)
		return file_failure(probe);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return lookup_timeout_verdict(probe, &transfer->lookup);
	(void)curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_errno);
	/* It never came to a connection attempt: there was no socket to be had. */
	if (code == CURLE_COULDNT_CONNECT && os_errno == 0)
		return cannot_probe(probe->checker->transfers.socket_errno);
	return transfer_verdict(code, (int)os_errno);
}
