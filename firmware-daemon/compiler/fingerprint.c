/* SPDX-License-Identifier: MIT
 *
 * FNV-1a with 64 bits. The nesting of the nodes is bounded by the YAML parser.
 */
#include "fingerprint.h"

static const uint64_t FNV_START = UINT64_C(0xcbf29ce484222325);
static const uint64_t FNV_PRIME = UINT64_C(0x100000001b3);

static uint64_t add_byte(uint64_t hash, uint8_t byte)
{
	return ((hash ? hash : FNV_START) ^ byte) * FNV_PRIME;
}

/* With the NUL at its end, so that two texts are not the same as one that is as long. */
static uint64_t add_text(uint64_t hash, const char *text)
{
	do
		hash = add_byte(hash, (uint8_t)*text);
	while (*text++ != '\0');
	return hash;
}

uint64_t fingerprint_number(uint64_t hash, uint64_t number)
{
	for (int i = 0; i < 8; i++)
		hash = add_byte(hash, (uint8_t)(number >> 8 * i));
	return hash;
}

uint64_t fingerprint_node(uint64_t hash, const struct node *node)
{
	hash = add_byte(hash, (uint8_t)node->kind);
	if (node->key)
		hash = add_text(hash, node->key->text);
	if (node->kind == NODE_TEXT)
		hash = add_text(hash, node->text);
	for (const struct node *child = node->first; child; child = child->next)
		hash = fingerprint_node(hash, child);
	return fingerprint_number(hash, node->count);
}
