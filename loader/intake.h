/* SPDX-License-Identifier: MIT */
/*
 * intake.h - what becomes of the records of a run: rows, cycles of buffers, drops
 */
#ifndef VPIPE_INTAKE_H
#define VPIPE_INTAKE_H

#include "loader/model/chain.h"
#include "loader/model/isp.h"
#include "loader/model/run.h"
#include "loader/sinks/sink.h"
#include "loader/trace/trace.h"

struct intake {
	struct run *run;
	struct sinks *files; /**< of the run, until they are finished */
	bool by_rows; /**< see intake_by_rows() */
	int columns[COUNTER_COLUMNS]; /**< which counter is in each; -1: none */
	struct frame frame; /**< the one that came last */
	unsigned int lost; /**< records before that one */
	const struct trace_device *devices; /**< if its path has cycles: what is traced ... */
	struct video_facts videos[VPIPE_MAX_DEVICES]; /**< ... and what is known of these */
	const struct chain_device
		*chain_devices; /**< whose frames go from one to the other, or NULL */
	const struct isp_node *nodes; /**< likewise: what each is to an ISP */
	struct chain *chain; /**< what makes rows of theirs then */
	struct isps *isps; /**< and what puts the frames of ISPs together before */
};

/** Records of what @options say will come, which are kept. Returns 0 or -ENOMEM. */
int intake_open(struct intake *intake, const struct trace_options *options);

/**
 * Histograms are to be those of what is taken from here on, not what the programs have counted.
 * Returns 0 or -ENOMEM.
 */
int intake_by_rows(struct intake *intake);

/** A @record came, mended: what it says goes to the files. */
void intake_take(struct intake *intake, const struct vpipe_frame *record);

/** A @buffer came back that is no frame. */
void intake_take_buffer(struct intake *intake, const struct vpipe_buffer *buffer);

/** A @span of a thread is over: it goes to the files. */
void intake_take_span(struct intake *intake, const struct vpipe_span *span);

/** There will be more: what the programs of @trace have counted so far. Returns 0 or -errno. */
int intake_look(struct intake *intake, struct trace *trace);

/** There are no more: what the programs of @trace have counted of frames. Returns 0 or -errno. */
int intake_read(struct intake *intake, struct trace *trace);

/** Give back what it holds, but for run and files. */
void intake_close(struct intake *intake);

#endif /* VPIPE_INTAKE_H */
