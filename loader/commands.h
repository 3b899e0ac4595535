/* SPDX-License-Identifier: MIT */
/*
 * commands.h - the verbs of vpipe-trace; each returns an enum exit_status
 */
#ifndef VPIPE_COMMANDS_H
#define VPIPE_COMMANDS_H

/** vpipe-trace run: trace a pipeline, write the CSVs, print the table. */
int cmd_run(int argc, char **argv);

/** vpipe-trace record: attach to what already runs. */
int cmd_record(int argc, char **argv);

/** vpipe-trace top: look at what runs, as it runs. */
int cmd_top(int argc, char **argv);

/** vpipe-trace doctor: what this machine can measure, and how to get what it can't. */
int cmd_doctor(int argc, char **argv);

/** vpipe-trace report: the table again, from the files of a run. */
int cmd_report(int argc, char **argv);

/** vpipe-trace diff: what changed between two runs, cost by cost. */
int cmd_diff(int argc, char **argv);

/** vpipe-trace check: does a run hold what is claimed of it? */
int cmd_check(int argc, char **argv);

/** vpipe-trace export: the frames of a run, for other programs. */
int cmd_export(int argc, char **argv);

/** vpipe-trace merge: several runs as one. */
int cmd_merge(int argc, char **argv);

/** vpipe-trace list: which runs there are. */
int cmd_list(int argc, char **argv);

/** vpipe-trace columns: what the columns of a run's files mean, as a document lists them. */
int cmd_columns(int argc, char **argv);

/** vpipe-trace stages: the stages of each kind of device, as the documents list them. */
int cmd_stages(int argc, char **argv);

#endif /* VPIPE_COMMANDS_H */
