/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contracts as files, and the operations in them. */
#include "net/api_contract_parts.h"
#include "base/file.h"
#include "net/api_template.h"
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)8 << 20)
#define MOST_BYTES_TOGETHER ((size_t)64 << 20)
#define MOST_FILES 400u
#define MOST_REFERENCES 32u
#define MOST_NOWHERE 20u
#define MOST_SAID 1000u

/* ---- files ---- */

static void free_file(struct hk_contract_file *file)
{
	hk_doc_release(&file->doc);
	hk_source_release(&file->source);
	free(file->path);
	free(file);
}

/* What other readers might take differently in somebody else's contract is nobody's business here: only errors are findings. */
static int read_file(struct hk_contract_file *file, struct hk_diags *diags)
{
	struct hk_diags remarks = HK_DIAGS_INIT;
	int status = hk_yaml_read_one(&file->source, false, &file->doc, &remarks);
	hk_diags_release(&remarks);
	if (!status)
		return 0;
	hk_doc_release(&file->doc);
	file->doc = (struct hk_doc){ 0 };
	return hk_yaml_read_one(&file->source, false, &file->doc, diags);
}

static struct hk_contract_file *load(const char *path, struct hk_diags *diags, struct hk_err *err)
{
	struct hk_contract_file *file = hk_calloc(1, sizeof *file);
	file->path = hk_strdup(path);
	if (hk_source_load(&file->source, path, MOST_BYTES, err) == 0 && read_file(file, diags) == 0)
		return file;
	free_file(file);
	return NULL;
}

/* Takes the file over. */
static struct hk_contract *of_file(struct hk_contract_file *file, struct hk_err *err)
{
	struct hk_contract *contract = hk_calloc(1, sizeof *contract);
	const struct hk_node *root = file->doc.root;
	const char *version = hk_node_string(hk_node_get(root, "openapi"));
	hk_vec_push(&contract->files, file);
	contract->swagger = !version && hk_node_get(root, "swagger");
	contract->bytes = file->source.text.len;
	if (hk_node_get(root, "paths") && (contract->swagger || (version && version[0] == '3')))
		return contract;
	hk_err_set(err, HK_INVALID, "'%s' is no OpenAPI file of version 2 or 3: it has no 'openapi' or 'swagger', or no 'paths'", file->source.name);
	hk_contract_free(contract);
	return NULL;
}

struct hk_contract *hk_contract_load(const char *path, struct hk_diags *diags, struct hk_err *err)
{
	struct hk_contract_file *file = load(path, diags, err);
	return file ? of_file(file, err) : NULL;
}

struct hk_contract *hk_contract_from_text(const char *name, struct hk_str text, struct hk_diags *diags, struct hk_err *err)
{
	struct hk_contract_file *file = hk_calloc(1, sizeof *file);
	hk_source_from_text(&file->source, name, text.s, text.n);
	if (read_file(file, diags) == 0)
		return of_file(file, err);
	free_file(file);
	return NULL;
}

void hk_contract_free(struct hk_contract *contract)
{
	if (!contract)
		return;
	for (size_t i = 0; i < contract->files.n; i++)
		free_file(contract->files.v[i]);
	hk_vec_release(&contract->files);
	hk_vec_release(&contract->nowhere);
	free(contract);
}

/*
 * A file that is named from the place of the one that names it, also in a folder beside: CAMARA's contracts have what they share in "../common". Addresses and
 * absolute paths are not read.
 */
static const struct hk_contract_file *open_beside(struct hk_contract *contract, const struct hk_contract_file *file, struct hk_str name)
{
	char *text = hk_strndup(name.s, name.n), *directory, *path;
	struct hk_contract_file *opened = NULL;
	struct hk_diags diags = HK_DIAGS_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (file->path && *text && *text != '/' && !strchr(text, ':')) {
		directory = hk_path_dirname(file->path);
		path = hk_path_join(directory, text);
		for (size_t i = 0; i < contract->files.n && !opened; i++)
			if (strcmp(contract->files.v[i]->path, path) == 0)
				opened = contract->files.v[i];
		if (!opened && contract->files.n < MOST_FILES && contract->bytes < MOST_BYTES_TOGETHER && (opened = load(path, &diags, &err)) != NULL) {
			contract->bytes += opened->source.text.len;
			hk_vec_push(&contract->files, opened);
		}
		free(path);
		free(directory);
	}
	hk_diags_release(&diags);
	free(text);
	return opened;
}

static void note_nowhere(struct hk_contract *contract, struct hk_contract_place place)
{
	for (size_t i = 0; i < contract->nowhere.n; i++)
		if (contract->nowhere.v[i].node == place.node)
			return;
	if (contract->nowhere.n < MOST_NOWHERE)
		hk_vec_push(&contract->nowhere, place);
}

struct hk_contract_place hk_contract_follow(struct hk_contract *contract, struct hk_contract_place place)
{
	for (unsigned i = 0; place.node && i < MOST_REFERENCES; i++) {
		const struct hk_node *reference = hk_node_get(place.node, "$ref");
		struct hk_contract_place from = { place.file, reference };
		struct hk_str rest, file;
		if (!hk_node_string(reference))
			return place;
		rest = reference->text;
		file = hk_str_cut(&rest, '#');
		if (file.n)
			place.file = open_beside(contract, place.file, file);
		place.node = place.file && hk_pointer_valid(rest.n ? rest.s : "") ? hk_pointer_get(place.file->doc.root, rest.n ? rest.s : "", NULL) : NULL;
		if (!place.node)
			note_nowhere(contract, from);
	}
	return (struct hk_contract_place){ place.file, NULL };
}

struct hk_contract_place hk_contract_get(struct hk_contract *contract, struct hk_contract_place place, const char *key)
{
	place.node = hk_node_get(place.node, key);
	return place.node ? hk_contract_follow(contract, place) : place;
}

bool hk_contract_is(struct hk_contract_place place, const char *key, const char *text)
{
	const struct hk_node *found = hk_node_get(place.node, key);
	return found && found->kind == HK_SCALAR && hk_str_is(found->text, text);
}

struct hk_contract_place hk_contract_json(struct hk_contract *contract, struct hk_contract_place holder, bool exact)
{
	struct hk_contract_place content = hk_contract_get(contract, holder, "content"), none = { holder.file, NULL };
	if (contract->swagger)
		return hk_contract_get(contract, holder, "schema");
	hk_for_each_pair(key, content.node) {
		struct hk_str rest = key->text, kind = hk_str_trim(hk_str_cut(&rest, ';'));
		if (hk_str_is(kind, "application/json") || (!exact && hk_str_ends(kind, "+json")) || hk_str_is(kind, "*/*"))
			return hk_contract_get(contract, (struct hk_contract_place){ content.file, key->next }, "schema");
	}
	return none;
}

/* ---- operations ---- */

/* Several actions come to the same place: errors are declared once for all, and YAML has anchors. */
static bool said_already(struct hk_contract_linting *l, const struct hk_node *node, enum hk_rule_id rule, const char *what, struct hk_str name)
{
	struct hk_range range;
	hk_node_range(l->adapter->doc, node, &range);
	for (size_t i = 0; i < l->said.n; i++) {
		const struct hk_contract_said *said = &l->said.v[i];
		if (said->at == range.start_byte && said->rule == rule && said->what == what && hk_str_is(name, said->name))
			return true;
	}
	if (l->said.n < MOST_SAID)
		hk_vec_push(&l->said, (struct hk_contract_said){ range.start_byte, rule, what, hk_arena_slicedup(&l->diags->arena, name) });
	return false;
}

struct hk_diag *hk_contract_complain(struct hk_contract_linting *l, const struct hk_node *node, enum hk_rule_id rule, const char *what, struct hk_str name)
{
	if (said_already(l, node, rule, what, name))
		return &l->diags->scratch;
	l->found += rule != HK1425;
	return hk_node_diag(l->diags, l->adapter->doc, node, rule, "%s: '%.*s'", what, HK_STR_ARG(name));
}

/* loose: what is a parameter in the contract may be a constant in the adapter. */
static bool same_path(struct hk_str template, struct hk_str path, bool loose)
{
	while (template.n && path.n) {
		if (template.s[0] == '{' && path.s[0] == '{') {
			(void)hk_str_cut(&template, '}');
			(void)hk_str_cut(&path, '}');
			continue;
		}
		if (template.s[0] == '{' && path.s[0] != '/' && loose) {
			(void)hk_str_cut(&template, '}');
			while (path.n && path.s[0] != '/')
				path = (struct hk_str){ path.s + 1, path.n - 1 };
			continue;
		}
		if (template.s[0] != path.s[0])
			return false;
		template = (struct hk_str){ template.s + 1, template.n - 1 };
		path = (struct hk_str){ path.s + 1, path.n - 1 };
	}
	return !template.n && !path.n;
}

static struct hk_contract_place find_path(struct hk_contract *contract, const struct hk_node *path, struct hk_str *template)
{
	struct hk_contract_place root = { contract->files.v[0], contract->files.v[0]->doc.root }, paths = hk_contract_get(contract, root, "paths");
	for (int loose = 0; loose < 2; loose++)
		hk_for_each_pair(key, paths.node)
			if (same_path(key->text, path->text, loose)) {
				*template = key->text;
				return hk_contract_follow(contract, (struct hk_contract_place){ paths.file, key->next });
			}
	return (struct hk_contract_place){ root.file, NULL };
}

static struct hk_contract_place operation_of(struct hk_contract *contract, struct hk_contract_place item, const char *method)
{
	char lower[8] = "";
	for (size_t i = 0; i < sizeof lower - 1 && method[i]; i++)
		lower[i] = (char)(method[i] | 32);
	return hk_contract_get(contract, item, lower);
}

/* ---- scopes ---- */

/* One alternative of `security`: all scopes of all its schemes are among those of the action. */
static bool satisfied(const struct hk_node *alternative, const struct hk_node *scopes)
{
	hk_for_each_pair(key, alternative)
		hk_for_each_item(wanted, key->next) {
			bool has = false;
			hk_for_each_item(scope, scopes)
				has = has || hk_str_eq(scope->text, wanted->text);
			if (!has)
				return false;
		}
	return true;
}

static void check_scopes(struct hk_contract_linting *l, struct hk_contract_place operation)
{
	const struct hk_node *security = hk_node_get(operation.node, "security"), *scopes = hk_node_get(l->action, "scopes");
	HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT;
	if (!security)
		security = hk_node_get(l->contract->files.v[0]->doc.root, "security");
	hk_for_each_item(alternative, security) {
		if (satisfied(alternative, scopes))
			return;
		hk_for_each_pair(key, alternative)
			hk_for_each_item(wanted, key->next)
				hk_buf_addf(&names, "%s%.*s", names.len ? ", " : "", HK_STR_ARG(wanted->text));
	}
	if (names.len)
		hk_diag_help(l->diags, hk_contract_complain(l, scopes ? scopes : hk_node_get(l->action, "path"), HK1425,
							    "the contract asks for scopes that the action does not name",
							    (struct hk_str){ names.s, names.len }),
			     "write scopes: [%s]", names.s);
}

static void check_action(struct hk_contract_linting *l)
{
	const struct hk_node *path = hk_node_get(l->action, "path"), *method = hk_node_get(l->action, "method");
	struct hk_contract_place item, operation;
	struct hk_str template = HK_STR("");
	if (!hk_node_string(path) || !hk_node_string(method))
		return;
	item = find_path(l->contract, path, &template);
	if (!item.node) {
		hk_contract_complain(l, path, HK1421, "the contract does not have the path", path->text);
		return;
	}
	operation = operation_of(l->contract, item, method->text.s);
	if (!operation.node) {
		hk_contract_complain(l, method, HK1421, "the contract does not have the method for this path", method->text);
		return;
	}
	hk_contract_check_request(l, template, item, operation);
	hk_contract_check_replies(l, operation);
	check_scopes(l, operation);
}

size_t hk_contract_check(struct hk_contract *contract, const struct hk_api_adapter *adapter, struct hk_diags *diags)
{
	struct hk_contract_linting l = { contract, adapter, diags, 0, NULL, { NULL, 0, 0 } };
	hk_for_each_pair(key, hk_node_get(adapter->spec, "actions")) {
		l.action = key->next;
		check_action(&l);
	}
	for (size_t i = 0; i < contract->nowhere.n; i++) {
		const struct hk_contract_place *place = &contract->nowhere.v[i];
		hk_node_diag(diags, &place->file->doc, place->node, HK1424, "the reference leads nowhere: '%.*s'", HK_STR_ARG(place->node->text));
		l.found++;
	}
	hk_vec_release(&l.said);
	return l.found;
}
