/* SPDX-License-Identifier: MIT */
/*
 * crc.h - the checksum of a metadata row
 */
#ifndef VPIPE_CRC_H
#define VPIPE_CRC_H

#include <stddef.h>
#include <stdint.h>

/**
 * CRC-32 as vpipe_meta_entry.crc32 has it: reflected polynomial 0xEDB88320,
 * seed ~0, no final inversion. It is the complement of what zlib, gzip and
 * `cksum -a crc32b` call the CRC-32 of the same bytes.
 */
uint32_t crc_payload(const void *bytes, size_t size);

#endif /* VPIPE_CRC_H */
