// SPDX-License-Identifier: MIT
/* files.c - see files.h */
#include "loader/runs/files.h"

const char *run_file_suffix(enum run_file file)
{
	static const char *const suffixes[RUN_N_FILES] = {
#define X(name, suffix, ...) [RUN_FILE_##name] = suffix,
		RUN_FILES(X)
#undef X
	};

	return suffixes[file];
}
