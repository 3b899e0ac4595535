// SPDX-License-Identifier: MIT
/* crc.c - the checksum of a metadata row, see crc.h */
#include <zlib.h>

#include "user/lib/crc.h"

uint32_t crc_payload(const void *bytes, size_t size)
{
	/* zlib inverts at the end; asked for no bytes at NULL it would start anew */
	return ~(uint32_t)crc32_z(0, size ? bytes : "", size);
}
