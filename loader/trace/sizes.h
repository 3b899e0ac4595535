/* SPDX-License-Identifier: MIT */
/*
 * sizes.h - how large the tables of the programs are: by what is traced, not by what could be
 *
 * The kernel makes an array whole, whether it is used or not. What programs mask an index with is part
 * of their instructions, so that a smaller table costs no load: it is replaced in a copy of the object
 * before libbpf sees it.
 */
#ifndef VPIPE_TRACE_SIZES_H
#define VPIPE_TRACE_SIZES_H

#include <stddef.h>

#include "loader/trace/options.h"

/** Fill in @options->config: max_contexts, from as many files, and max_threads, if they are 0; n_tids. */
void sizes_choose(struct trace_options *options);

/**
 * The masks in the instructions of the object in the @size bytes at @elf become those of @config's
 * tables. One that is no object of 64 bits is left as it is.
 */
void sizes_mask(void *elf, size_t size, const struct trace_config *config);

/** How many bytes of vpipe_clients and vpipe_shared there are with @config. */
size_t sizes_shared(const struct trace_config *config);

/** Has the kernel more thread ids by now than there is room for? Two threads may be taken for one then. */
bool sizes_outgrown(const struct trace_config *config);

#endif /* VPIPE_TRACE_SIZES_H */
