// SPDX-License-Identifier: MIT
/* page.c - see page.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/args.h"
#include "lib/msg.h"
#include "lib/text.h"
#include "loader/page.h"
#include "loader/runs/identity.h"
#include "loader/sinks/html.h"

static int no_memory(void)
{
	msg_errno(ENOMEM, NULL, "cannot make the page");
	return -ENOMEM;
}

static const char *base_of(const char *prefix)
{
	const char *slash = strrchr(prefix, '/');

	return slash ? slash + 1 : prefix;
}

const char *page_arg(const char *arg)
{
	if (arg && !*arg)
		args_fail("--html: the file needs a name");
	return arg;
}

int page_begin(struct page *page, const char *name, const struct run_files *a,
	       const struct run_files *b)
{
	int err, made;

	*page = (struct page){.output = {.file = {.fd = -1}}};
	if (name)
		made = outfile_named(name) ? asprintf(&page->name, "%s", name) : 0;
	else if (b)
		made = asprintf(&page->name, "%s-%s.diff.html", a->prefix, base_of(b->prefix));
	else
		made = asprintf(&page->name, "%s.report.html", a->prefix);
	if (made < 0) {
		page->name = NULL;
		return no_memory();
	}
	err = page->name ? run_files_spare(a, page->name) : 0;
	if (!err && page->name && b)
		err = run_files_spare(b, page->name);
	if (!err)
		err = outfile_open(&page->output, page->name);
	if (!err)
		html_begin(page->output.out);
	return err;
}

struct reading {
	struct sinks *sinks;
	void (*on_frame)(void *arg, const struct frame *frame);
	void *arg;
};

static void on_frame(void *arg, const struct frame *frame)
{
	struct reading *reading = arg;

	sinks_frame(reading->sinks, frame);
	if (reading->on_frame)
		reading->on_frame(reading->arg, frame);
}

static void on_drop(void *arg, const struct drop *drop)
{
	struct reading *reading = arg;

	sinks_drop(reading->sinks, drop);
}

static void on_span(void *arg, const struct span *span)
{
	struct reading *reading = arg;

	sinks_span(reading->sinks, span);
}

/* What the sink does not know: what the run is called, and all that run.json says of it. */
static json_t *facts_of(const struct run_files *files)
{
	char *name = text_new(base_of(files->prefix));
	json_t *json = json_pack("{s:s?, s:O, s:s?}", "name", name, "json", files->json, "missing",
				 files->run.complete ? NULL : files->missing);

	free(name);
	return json;
}

int page_add(struct page *page, struct run_files *files,
	     void (*on_each)(void *arg, const struct frame *frame), void *arg)
{
	static const struct sink *const list[] = {&sink_html, NULL};
	struct sink_place place = {.out = page->output.out};
	struct reading reading = {.on_frame = on_each, .arg = arg};
	int err = sinks_open(&reading.sinks, list, &files->run, &place);

	if (err)
		return err;
	err = run_files_read(files, &(struct run_listener){
					    .frame = on_frame,
					    .drop = on_drop,
					    .span = on_span,
					    .threads = identity_lists(files->json, RUN_FILE_SCHED),
					    .arg = &reading,
				    });
	if (err)
		sinks_abort(reading.sinks);
	else
		err = sinks_finish(reading.sinks, &files->run);
	return err ?: page_add_json(page, "run", facts_of(files));
}

int page_add_json(struct page *page, const char *name, json_t *json)
{
	return json && !html_json(page->output.out, name, json) ? 0 : no_memory();
}

int page_end(struct page *page)
{
	int err;

	html_end(page->output.out);
	err = outfile_commit(&page->output);
	if (!err && page->name) {
		char *name = text_new(page->name);

		puts(name ?: page->name);
		free(name);
	}
	return err;
}

void page_close(struct page *page)
{
	outfile_close(&page->output);
	free(page->name);
}
