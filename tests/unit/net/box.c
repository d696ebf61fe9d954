/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"
#include "box.h"
#include "base/file.h"
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

static const char script[] =
	"d=${0%/*}; fault=$(cat \"$d/fault\" 2>/dev/null)\n"
	"case $1 in get) [ ! -e \"$d/v.$2\" ] || { printf 'value %s is ' \"$2\"; cat \"$d/v.$2\"; echo; }; exit 0 ;; save) : >\"$d/saved\"; exit 0 ;; esac\n"
	"echo \"$*\" >>\"$d/log\"\n"
	"case $fault in fail) echo broken >&2; exit 7 ;; \"fail $2\") echo \"$2 is broken\" >&2; exit 7 ;; lie) exit 0 ;; slow) sleep 1 ;; esac\n"
	"case $1 in set) printf %s \"$3\" >\"$d/v.$2\" ;; unset) rm \"$d/v.$2\" ;; make) shift; printf %s \"$2\" >\"$d/v.$1\"; n=$1; shift 2; for w; do printf %s \"${w#*=}\" >\"$d/v.$n.${w%%=*}\"; done ;; esac\n";

static const char document[] =
	"programs: {box: [sh, %s/script]}\nstateDirectory: %s\nsave: true\ndialect:\n  save: [box, save]\n  objects:\n"
	"  - {object: 'v/{name}', value: {type: text}, read: [box, get, '{name}'], line: 'value {name} is {value}', set: [[box, set, '{name}', '{value}']], delete: [[box, unset, '{name}']]}\n"
	"  - {object: 'group/{name}', value: {type: name}, read: [box, get, '{name}'], line: 'value {name} is {value}', create: [[box, make, '{name}', '{value}']], delete: [[box, unset, '{name}']]}\n"
	"  - {object: 'group/{name}/{key}', value: {type: text, pattern: '^[ -~]+$'}, needs: 'group/{name}', needed: on, made: '{key}={value}', read: [box, get, '{name}.{key}'], line: 'value {name}.{key} is {value}',\n"
	"     set: [[box, set, '{name}.{key}', '{value}']], delete: [[box, unset, '{name}.{key}']]}\n";

static void begin_session(struct box *box)
{
	char *const environment[] = { box->path, NULL };
	box->net = hk_net_new(NULL);
	box->device = hk_device_open(&hk_dialect_generic, &(struct hk_device_options){ .controller = &box->controller,
								    .transport = hk_transport_local(box->net, environment) });
}

static void end_session(struct box *box)
{
	hk_device_close(box->device);
	hk_net_free(box->net);
}

void box_open(struct box *box)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	memset(box, 0, sizeof *box);
	memcpy(box->directory, "/tmp/hk-box-XXXXXX", sizeof "/tmp/hk-box-XXXXXX");
	assert_non_null(mkdtemp(box->directory));
	memcpy(box->path, "PATH=/usr/bin:/bin:/usr/sbin:/sbin", sizeof "PATH=/usr/bin:/bin:/usr/sbin:/sbin");
	box_write(box, "script", script);
	hk_buf_addf(&text, document, box->directory, box->directory);
	hk_source_from_text(&box->source, "controller", text.s, text.len);
	assert_int_equal(hk_yaml_read_one(&box->source, false, &box->doc, &diags), 0);
	hk_diags_release(&diags);
	box->controller = (struct hk_controller){ .name = "box", .protocol = "generic", .node = box->doc.root, .local = true };
	box->request.token = "hk-1a2b3c4d";
	box->request.confirm_s = 60;
	begin_session(box);
}

void box_hang_up(struct box *box)
{
	end_session(box);
	begin_session(box);
}

void box_close(struct box *box)
{
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	hk_request_release(&box->request);
	hk_changes_release(&box->changes);
	end_session(box);
	hk_doc_release(&box->doc);
	hk_source_release(&box->source);
	hk_buf_addf(&line, "rm -rf %s", box->directory);
	assert_int_equal(system(line.s), 0);
}

enum hk_outcome box_do(struct box *box, enum hk_operation operation)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_request *request = &box->request;
	hk_request_release(request);
	request->operation = operation;
	request->deadline_us = hk_net_now(box->net) + 30 * HK_SECOND_US;
	if (hk_requests_run(box->net, &box->device, request, 1, 0, NULL, &err))
		fail_msg("%s", err.message);
	assert_true(request->finished);
	return request->outcome;
}

void box_must(struct box *box, enum hk_operation operation)
{
	if (box_do(box, operation) != HK_OUTCOME_DONE)
		fail_msg("%s: %s", hk_operation_names[operation], box->request.err.message);
}

size_t box_plan(struct box *box, const struct hk_setting *settings, size_t count)
{
	box->request.settings = settings;
	box->request.n_settings = count;
	box_must(box, HK_READ);
	hk_changes_release(&box->changes);
	hk_device_diff(box->device, settings, count, &box->request.observation, &box->changes);
	box->request.n_settings = 0;
	box->request.changes = box->changes.list.v;
	box->request.n_changes = box->changes.list.n;
	return box->changes.list.n;
}

const char *box_value(const struct box *box, const char *name)
{
	static struct hk_buf text;
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_buf_addf(&path, "%s/%s", box->directory, name);
	hk_buf_release(&text);
	return hk_file_exists(path.s) && hk_file_read(path.s, 10000, &text, &err) == 0 ? text.s : NULL;
}

void box_write(const struct box *box, const char *name, const char *text)
{
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_buf_addf(&path, "%s/%s", box->directory, name);
	if (!text)
		(void)unlink(path.s);
	else
		assert_int_equal(hk_file_write(path.s, text, strlen(text), &err), 0);
}

bool box_waits_for(const struct box *box, const char *pattern, int seconds)
{
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
	hk_buf_addf(&path, "%s/hkctl-change-*/%s", box->directory, pattern);
	for (int i = 0; i < seconds * 50; i++) {
		glob_t found;
		int status = glob(path.s, 0, NULL, &found);
		if (status == 0)
			globfree(&found);
		if (status == GLOB_NOMATCH)
			return true;
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	}
	return false;
}
