// SPDX-License-Identifier: MIT
/*
 * fuzz-run.c - `vpipe-trace report` and `diff` on the files of a run that nobody wrote
 *
 * The files are the input itself, or made of numbers in it: then they hold
 * together, so that report and diff go on to calculate with them. Whatever they
 * read, they say what is wrong in one line, or print text that does a terminal
 * no harm, or JSON with numbers that can be.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "bpf/probes/vpipe.h"
#include "bpf/hist.h"
#include "loader/commands.h"
#include "loader/model/latency.h"
#include "loader/paths/vpipe.h"
#include "loader/runs/identity.h"
#include "loader/runs/path-json.h"
#include "tests/fuzz/fuzz.h"
#include "lib/args.h"

#define SEPARATOR 0xff /* between the files of an input: no text has it */
#define NUMBERS	  16 /* that the cells are made of */
#define MAX_ROWS  160

/* The first byte of an input. */
enum {
	AS_JSON = 1, /* what is printed */
	DIFF = 2,
	MADE = 4, /* files are made of numbers */
	RAGGED = 8, /* stages and costs may be anything */
	NO_FRAMES = 16,
	WITH_PATH = 32, /* run.json says which path its frames went, and is sealed */
};

enum { A_JSON, A_SUMMARY, A_FRAMES, B_JSON, B_FRAMES, A_HIST, B_SUMMARY, B_HIST, N_FILES };

static const char *const names[N_FILES] = {
	"a.run.json",	"a.summary.csv", "a.frames.csv",  "b.run.json",
	"b.frames.csv", "a.hist.csv",	 "b.summary.csv", "b.hist.csv",
};

static struct fuzz_file files[N_FILES];
static char folder[64];

/* A histogram's file that would be empty is not there. */
static void put_file(int which, const char *text, size_t size)
{
	char path[128];
	bool there = size || (which != A_HIST && which != B_HIST);

	fuzz_file(&files[which], text, size);
	snprintf(path, sizeof(path), "%s/%s", folder, names[which]);
	if (there == !access(path, F_OK))
		return;
	FUZZ_CHECK(!(there ? symlink(files[which].path, path) : unlink(path)), "%s", path);
}

static void remove_folder(void)
{
	char path[128];

	for (int i = 0; i < N_FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

/* A folder in which the files in memory have the names of a run's. */
static void make_folder(void)
{
	if (*folder)
		return;
	snprintf(folder, sizeof(folder), "%.40s/vpipe-fuzz-XXXXXX", getenv("TMPDIR") ?: "/dev/shm");
	FUZZ_CHECK(mkdtemp(folder) != NULL, "%s", folder);
	for (int i = 0; i < N_FILES; i++)
		put_file(i, "", 0);
	atexit(remove_folder);
}

static void take_files(struct fuzz_input *in)
{
	const uint8_t *end;

	for (int i = 0; i < N_FILES; i++) {
		end = memchr(in->at, SEPARATOR, in->left);
		end = end ?: in->at + in->left;
		put_file(i, (const char *)in->at, (size_t)(end - in->at));
		in->left -= (size_t)(end - in->at);
		in->at = end;
		if (in->left) {
			in->at++;
			in->left--;
		}
	}
}

/* A run that is made up. */
struct made {
	uint8_t how;
	uint64_t numbers[NUMBERS];
	unsigned int rows;
	uint8_t turn; /* which number comes next */
	uint64_t start_ns, span_ns;
	uint64_t lost; /* rows */
	struct vpipe_hist hists[VPIPE_N_HISTS];
	const char *key; /* of a value that run.json has beside what is expected, or NULL */
};

static uint64_t next_number(struct made *made)
{
	made->turn += 5; /* has no common factor with NUMBERS */
	return made->numbers[made->turn % NUMBERS];
}

/* What next_number() has, but no more than @left unless anything goes, and taken off it. */
static uint64_t take_part(struct made *made, uint64_t *left)
{
	uint64_t part = next_number(made);

	if (!(made->how & RAGGED) && part > *left)
		part = *left;
	*left -= part;
	return part;
}

static json_t *take_text(struct fuzz_input *in)
{
	size_t size = fuzz_below(in, 80);
	json_t *text;

	if (size > in->left)
		size = in->left;
	text = json_stringn((const char *)in->at, size);
	in->at += size;
	in->left -= size;
	return text ?: json_null();
}

static json_int_t natural(struct made *made)
{
	return (json_int_t)(next_number(made) & INT64_MAX);
}

/* Do these counts add up, and is nothing lost? What is ragged says anything. */
static json_t *make_truth(struct made *made, bool truth)
{
	return json_boolean(made->how & RAGGED ? next_number(made) & 1 : truth);
}

static json_t *make_frames_json(struct made *made, uint64_t incomplete, uint64_t closed, bool *lost)
{
	uint64_t started = next_number(made) & 1 ? (uint64_t)natural(made)
						 : made->rows + made->lost + incomplete + closed;
	bool balanced = started == made->rows + made->lost + incomplete + closed;

	*lost = made->lost || incomplete || !balanced;
	return json_pack("{s:I, s:I, s:o, s:o}", "started", (json_int_t)started, "recorded",
			 (json_int_t)made->rows, "rows",
			 made->how & NO_FRAMES ? json_null() : json_integer(made->rows), "balanced",
			 make_truth(made, balanced));
}

/* A path, of which something may be anything. */
static void add_path(struct fuzz_input *in, struct made *made, json_t *json)
{
	static const char *const lists[] = {"stages", "costs", "points"};
	static const char *const keys[] = {"stage", "running", "from", "charged_to", "column"};
	json_t *path = path_to_json(&vpipe_path);
	json_t *list = json_object_get(path, lists[next_number(made) % 3]);
	size_t at = next_number(made) % json_array_size(list);
	json_t *item = json_array_get(list, at);

	if (json_is_string(item))
		json_array_set_new(list, at, take_text(in));
	else
		json_object_set_new(item, keys[next_number(made) % 5], take_text(in));
	for (unsigned int i = fuzz_u8(in) % 64; i; i--)
		json_array_append(list, json_array_get(list, at));
	json_object_set_new(json, "format", json_integer(2));
	json_object_set_new(json, "path", path);
	identity_seal(json);
}

static void make_json(struct fuzz_input *in, struct made *made, int file)
{
	const uint64_t end_ns = made->start_ns + made->span_ns; /* round the corner, if need be */
	json_int_t incomplete = natural(made), closed = natural(made), missed = natural(made);
	bool lost;
	json_t *frames = make_frames_json(made, (uint64_t)incomplete, (uint64_t)closed, &lost);
	json_t *json = json_pack(
		"{s:o, s:{s:[o]}, s:{s:o, s:o, s:o, s:o}, s:o, "
		"s:{s:I, s:I, s:I, s:I}, s:{s:I, s:I}, s:I, s:I, s:I, s:{s:o}, s:{s:b, s:o}}",
		"complete", make_truth(made, !lost && !missed), "command", "argv", take_text(in),
		"options", "source", take_text(in), "vpipe", take_text(in), "transport",
		take_text(in), "algo", take_text(in), "frames", frames, "losses", "ring_full",
		(json_int_t)made->lost, "incomplete", incomplete, "missed_events", missed,
		"rows_not_received", (json_int_t)0, "not_recorded", "closed", closed, "in_flight",
		(json_int_t)0, "start_realtime_ns", (json_int_t)next_number(made), "start_ns",
		(json_int_t)made->start_ns, "end_ns", (json_int_t)end_ns, "machine", "release",
		take_text(in), "hardware_counters", "supported", fuzz_u8(in) & 1, "why",
		take_text(in));
	char *text;

	FUZZ_CHECK(json != NULL);
	if (made->key)
		json_object_set_new(json_object_get(json, "machine"), made->key,
				    json_integer(natural(made)));
	if (made->how & WITH_PATH)
		add_path(in, made, json);
	text = json_dumps(json, 0);
	put_file(file, text, strlen(text));
	free(text);
	json_decref(json);
}

/* Of the rows; those that were lost are counted only. */
static void make_summary(struct made *made, int file)
{
	uint64_t e2e_ns = made->hists[VPIPE_HIST_E2E].range.total_ns;
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	fputs("stage,cause,count,min_ns,p50_ns,p95_ns,p99_ns,p999_ns,max_ns,mean_ns,total_ns,"
	      "share\n",
	      to);
	for (unsigned int i = 0; i < VPIPE_N_HISTS; i++) {
		struct latency n = latency_of(&made->hists[i]);

		fprintf(to, "%s,,%lu", path_hist_name(&vpipe_path, i),
			n.count + (i == VPIPE_HIST_E2E ? made->lost : 0));
		if (made->how & RAGGED)
			n.p50_ns = next_number(made);
		fprintf(to, ",%lu,%lu,%lu,%lu,%lu,%lu,%lu,%lu,", n.min_ns, n.p50_ns, n.p95_ns,
			n.p99_ns, n.p999_ns, n.max_ns, n.mean_ns, n.total_ns);
		if (n.count && e2e_ns && i != VPIPE_HIST_RUNQ)
			fprintf(to, "%.6f", (double)n.total_ns / (double)e2e_ns);
		putc('\n', to);
	}
	fclose(to);
	put_file(file, text, size);
	free(text);
}

static void make_hist(struct made *made, int file)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	fputs("stage,lower_ns,upper_ns,count\n", to);
	for (unsigned int i = 0; i < VPIPE_N_HISTS; i++) {
		for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++) {
			unsigned long long count = made->hists[i].buckets[bucket];

			if (!count)
				continue;
			fprintf(to, "%s,%llu,", path_hist_name(&vpipe_path, i), hist_lower(bucket));
			if (bucket < VPIPE_HIST_OVERFLOW)
				fprintf(to, "%llu", hist_upper(bucket));
			fprintf(to, ",%llu\n", count);
		}
	}
	fclose(to);
	put_file(file, text, made->lost || made->numbers[0] & 1 ? 0 : size);
	free(text);
}

static void make_row(struct made *made, FILE *to, unsigned int row)
{
	uint64_t e2e = next_number(made), left = e2e;

	hist_count(&made->hists[VPIPE_HIST_E2E], e2e);
	fprintf(to, "%u,%lu,%lu,%lu,%lu,%lu,%lu,%lu,,,,,0,1,1,9,,,,,", row, next_number(made),
		next_number(made), next_number(made), next_number(made) & 1,
		made->start_ns + (made->span_ns ? next_number(made) % made->span_ns : 0), e2e,
		next_number(made));
	for (int i = 0; i < VPIPE_N_STAGES; i++) {
		bool empty = !left && next_number(made) & 1;
		uint64_t ns = i == VPIPE_N_STAGES - 1 ? left : take_part(made, &left);

		fprintf(to, empty ? "," : ",%lu", ns);
		if (!empty)
			hist_count(&made->hists[i], ns);
	}
	left = e2e;
	for (int i = 0; i < (int)vpipe_path.n_costs; i++)
		fprintf(to, ",%lu",
			i == (int)vpipe_path.n_costs - 1 ? left : take_part(made, &left));
	putc('\n', to);
}

static void make_frames(struct made *made, int file)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	fputs("frame,ctx,seq,src_seq,flags,start_ns,e2e_ns,runq_ns,cycles,instructions,"
	      "cache_references,cache_misses,out_index,cap_index,algo_id,bytesused,blocked_ns,"
	      "nvcsw,nivcsw,wakeups,migrations",
	      to);
	for (unsigned int i = 0; i < vpipe_path.n_stages; i++)
		fprintf(to, ",%s_ns", vpipe_path.stages[i].name);
	for (unsigned int i = 0; i < vpipe_path.n_costs; i++)
		fprintf(to, ",%s", vpipe_path.costs[i].column);
	putc('\n', to);
	for (unsigned int row = 0; row < made->rows; row++)
		make_row(made, to, row);
	fclose(to);
	put_file(file, text, size);
	free(text);
}

static void make_run(struct fuzz_input *in, uint8_t how, const char *key, bool first)
{
	static struct made made;

	made = (struct made){.how = how, .key = key};
	made.rows = fuzz_below(in, MAX_ROWS + 1);
	made.start_ns = fuzz_number(in);
	made.span_ns = fuzz_number(in);
	for (int i = 0; i < NUMBERS; i++)
		made.numbers[i] = fuzz_number(in);
	made.lost = fuzz_u8(in) ? 0 : fuzz_number(in);
	for (int i = 0; i < NUMBERS; i++)
		hist_count(&made.hists[VPIPE_HIST_RUNQ], made.numbers[i] >> 8);
	make_frames(&made, first ? A_FRAMES : B_FRAMES);
	make_summary(&made, first ? A_SUMMARY : B_SUMMARY);
	make_hist(&made, first ? A_HIST : B_HIST);
	make_json(in, &made, first ? A_JSON : B_JSON);
}

/* The run's own description is printed as it came; all else are counts and times. */
static void check_numbers(const char *of, json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach(json, key, value)
	{
		if (strcmp(key, "run") && strcmp(key, "differences") && !strstr(key, "change") &&
		    strcmp(key, "mean") && strcmp(key, "p50"))
			check_numbers(key, value);
	}
	json_array_foreach(json, i, value) check_numbers(of, value);
	if (json_is_number(json))
		FUZZ_CHECK(json_number_value(json) >= 0, "%s: %f", of, json_number_value(json));
	if (!strcmp(of, "share") && json_is_number(json))
		FUZZ_CHECK(json_number_value(json) <= 1 + 1e-9, "%f", json_number_value(json));
}

static void check_json(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, 0, &error), *depth;

	FUZZ_CHECK(json != NULL, "%s: %s", error.text, text);
	check_numbers("", json);
	depth = json_object_get(json, "queue_depth");
	FUZZ_CHECK(json_integer_value(json_object_get(depth, "max")) <=
		   json_integer_value(json_object_get(depth, "frames")));
	json_decref(json);
}

static void check_said(int status, bool as_json, const struct fuzz_said *said)
{
	unsigned int errors = fuzz_count_lines(said->err, "error: ");

	fuzz_check_text(said->err, said->err_size);
	if (status == EXIT_FAILED) {
		FUZZ_CHECK(errors == 1 && !said->out_size, "%s%s", said->err, said->out);
		return;
	}
	FUZZ_CHECK((status == EXIT_GOOD || status == EXIT_INCOMPLETE) && !errors, "%d: %s", status,
		   said->err);
	FUZZ_CHECK(as_json || (status == EXIT_INCOMPLETE) == !strncmp(said->out, "INCOMPLETE", 10));
	if (as_json) {
		check_json(said->out);
	} else {
		json_t *text = json_stringn(said->out, said->out_size);

		FUZZ_CHECK(text != NULL, "not UTF-8: %s", said->out);
		json_decref(text);
		fuzz_check_text(said->out, said->out_size);
	}
}

static int run(uint8_t how, const char *worst)
{
	char a[80], b[80];
	char *report[] = {"vpipe-trace report", (char *)(uintptr_t)worst, a, "--json", NULL};
	char *diff[] = {"vpipe-trace diff", a, b, "--json", NULL};
	int argc = how & AS_JSON ? 4 : 3;

	snprintf(a, sizeof(a), "%s/a", folder);
	snprintf(b, sizeof(b), "%s/b", folder);
	(how & DIFF ? diff : report)[argc] = NULL;
	return how & DIFF ? cmd_diff(argc, diff) : cmd_report(argc, report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	uint8_t how = fuzz_u8(&in);
	struct fuzz_said said;
	int status;

	make_folder();
	if (how & MADE) {
		json_t *key = take_text(&in);

		make_run(&in, how, json_string_value(key), true);
		if (how & DIFF)
			make_run(&in, how, json_string_value(key), false);
		json_decref(key);
	} else {
		take_files(&in);
	}
	fuzz_listen();
	status = run(how, how & RAGGED ? "--worst=100" : "--worst=3");
	said = fuzz_heard();
	check_said(status, how & AS_JSON, &said);
	fuzz_said_free(&said);
	return 0;
}
