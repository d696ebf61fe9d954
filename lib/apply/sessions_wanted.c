/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions that people write down (NetworkConfiguration), checked against the API's adapter before anything is changed. */
#include "apply/network_plan.h"
#include "base/time.h"
#include "model/sort.h"
#include "net/api_config.h"

struct wanting { struct hk_network_plan *plan; const struct hk_workspace *workspace; struct hk_api_entries entries; struct hk_diags *diags; };

bool hk_network_plan_has_wanted_sessions(const struct hk_workspace *workspace)
{
	for (size_t i = 0; i < workspace->n_documents; i++)
		if (workspace->documents[i]->kind == HK_KIND_NETWORK_CONFIGURATION && !workspace->documents[i]->invalid &&
		    hk_node_at(workspace->documents[i]->doc.root, "spec.sessions"))
			return true;
	return false;
}

static void complain(struct wanting *w, const struct hk_document *document, const struct hk_node *node, const char *message)
{
	hk_node_diag(w->diags, &document->doc, node, HK1405, "%s", message);
}

/* Adapters call the moment at which a session ends `end`. 0 when it has none, or is open. */
static double end_of(const struct hk_api_values *values)
{
	const struct hk_api_value *end = hk_api_values_get(values, HK_STR("end"));
	double seconds = 0;

	if (end && hk_api_type_of(end->declaration) == HK_API_TIME)
		(void)hk_time_parse_moment(hk_str_of(end->text), &seconds);
	return seconds;
}

/* Every value fits, and none that is needed is missing. Sets when the session ends. */
static int check_values(struct wanting *w, const struct hk_api_entry *entry, struct hk_network_plan_session *session, struct hk_err *err)
{
	struct hk_api_library library = { .shipped = { 0 } };
	struct hk_api_values values = { { NULL, 0, 0 } };
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_api_adapter adapter;
	int status = hk_api_adapter_find(&adapter, &library, w->workspace, entry->adapter, w->diags, err);

	for (size_t i = 0; !status && i < session->n_values; i++)
		status = hk_api_values_add(&values, &adapter, session->values[i], &arena, err);
	if (!status && !hk_api_action(&adapter, "request"))
		status = hk_err_set(err, HK_INVALID, "adapter %s has no 'request'", adapter.name);
	if (!status)
		status = hk_api_values_complete(&values, &adapter, "request", err);
	if (!status)
		session->expires = end_of(&values);
	hk_api_values_release(&values);
	hk_api_library_release(&library);
	hk_arena_release(&arena);
	return status;
}

static void take_session(struct wanting *w, const struct hk_document *document, const struct hk_node *item)
{
	struct hk_network_plan_session *session = &w->plan->sessions[w->plan->n_sessions];
	struct hk_arena *arena = &w->plan->arena;
	const struct hk_node *values = hk_node_get(item, "values"), *name = hk_node_get(item, "name"), *api = hk_node_get(item, "api");
	const struct hk_api_entry *entry = hk_api_entries_find(&w->entries, api->text.s);
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	for (size_t i = 0; i < w->plan->n_sessions; i++)
		if (hk_str_is(name->text, w->plan->sessions[i].name)) {
			complain(w, document, name, "there are two sessions of this name");
			return;
		}
	*session = (struct hk_network_plan_session){ .name = hk_arena_slicedup(arena, name->text), .api = hk_arena_slicedup(arena, api->text),
						     .values = hk_arena_array(arena, values->count + 1, sizeof *session->values) };
	hk_for_each_pair(key, values)
		session->values[session->n_values++] = hk_arena_printf(arena, "%s=%s", key->text.s, key->next->text.s);
	w->plan->n_sessions++;
	if (!entry)
		hk_diag_help(w->diags, hk_node_diag(w->diags, &document->doc, api, HK1405, "there is no network API '%s'", api->text.s),
			     "APIs are listed under spec.networkApis of a Topology");
	else if (entry->adapter && check_values(w, entry, session, &err) != 0)
		complain(w, document, values, err.message);
}

void hk_network_plan_want_sessions(struct hk_network_plan *network_plan, const struct hk_workspace *workspace, struct hk_diags *diags)
{
	struct wanting w = { .plan = network_plan, .workspace = workspace, .diags = diags };
	size_t n = 0;

	for (size_t i = 0; i < workspace->n_documents; i++) {
		const struct hk_node *sessions = hk_node_at(workspace->documents[i]->doc.root, "spec.sessions");
		n += workspace->documents[i]->kind == HK_KIND_NETWORK_CONFIGURATION && sessions ? sessions->count : 0;
	}
	network_plan->sessions = hk_arena_array(&network_plan->arena, n + 1, sizeof *network_plan->sessions);
	if (!n)
		return;
	hk_api_entries_read(&w.entries, workspace, diags);
	for (size_t i = 0; i < workspace->n_documents; i++)
		if (workspace->documents[i]->kind == HK_KIND_NETWORK_CONFIGURATION && !workspace->documents[i]->invalid)
			hk_for_each_item(item, hk_node_at(workspace->documents[i]->doc.root, "spec.sessions"))
				take_session(&w, workspace->documents[i], item);
	hk_api_entries_release(&w.entries);
	if (network_plan->n_sessions)
		hk_sort(network_plan->sessions, network_plan->n_sessions, sizeof *network_plan->sessions, hk_sort_by_text);
}
