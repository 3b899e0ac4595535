// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* shared.bpf.c - see shared.bpf.h; part of both objects */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include "core/shared.bpf.h"

vpipe_clients_bits vpipe_clients;
struct vpipe_shared vpipe_shared;
