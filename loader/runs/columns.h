/* SPDX-License-Identifier: MIT */
/*
 * columns.h - what frames.csv has of a frame: that depends on its path
 */
#ifndef VPIPE_RUNS_COLUMNS_H
#define VPIPE_RUNS_COLUMNS_H

#include "loader/runs/schema.h"

/** The columns of the path of @run, which must live as long: of a struct frame. NULL: no memory. */
const struct schema *columns_new(const struct run *run);

/** NULL is allowed. */
void columns_free(const struct schema *schema);

/**
 * The same columns by what they are of: group 0 has those of the row itself, 1 + i those of stage i of
 * its path, and the last one the costs.
 */
struct column_groups {
	unsigned int n;
	unsigned int *places; /**< of columns in the schema */
	unsigned int *ends; /**< where in places[] a group ends, and the next one begins */
};

/** Of the columns of @path, @schema. Returns 0 or -ENOMEM; column_groups_free() in any case. */
int column_groups_init(struct column_groups *groups, const struct schema *schema,
		       const struct path *path);

/** All zero is allowed. */
void column_groups_free(struct column_groups *groups);

/** Where those of @group begin in places[]. */
static inline unsigned int column_groups_first(const struct column_groups *groups,
					       unsigned int group)
{
	return group ? groups->ends[group - 1] : 0;
}

/** What @column is called there: of a stage, without that one's name. */
static inline const char *column_name_in_group(const struct column *column)
{
	return column->suffix ? column->suffix + 1 : column->name; /* "_ns" */
}

#endif /* VPIPE_RUNS_COLUMNS_H */
