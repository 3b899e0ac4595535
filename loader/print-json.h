/* SPDX-License-Identifier: MIT */
/*
 * print-json.h - what a verb has for programs, on stdout
 */
#ifndef VPIPE_LOADER_PRINT_JSON_H
#define VPIPE_LOADER_PRINT_JSON_H

#include <jansson.h>

/**
 * Print @json, which is freed, or NULL if there was no memory for it; @what is what it has: "the list".
 * Returns an enum exit_status, having said why; that stdout took not all of it, args_exit() says.
 */
int print_json(json_t *json, const char *what);

#endif /* VPIPE_LOADER_PRINT_JSON_H */
