/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/ssh_config.h"
#include "base/file.h"
#include "base/num.h"
#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum keyword { HOST, HOST_NAME, PORT, USER, IDENTITY_FILE, IDENTITY_AGENT, IDENTITIES_ONLY, KNOWN_HOSTS, GLOBAL_KNOWN_HOSTS, PROXY_JUMP, CONNECT_TIMEOUT,
	       ALIVE_INTERVAL, REVOKED_HOST_KEYS, MATCH, INCLUDE, PROXY_COMMAND, KEYWORDS };
static const char *const keyword_names[KEYWORDS] = { "host", "hostname", "port", "user", "identityfile", "identityagent", "identitiesonly",
						     "userknownhostsfile", "globalknownhostsfile", "proxyjump", "connecttimeout", "serveraliveinterval",
						     "revokedhostkeys", "match", "include", "proxycommand" };
/* What would lead elsewhere than people think when it is left out without a word; with the value that changes nothing. */
static const struct { const char *name, *harmless; } told[] = {
	{ "hostkeyalias", "" }, { "certificatefile", "none" }, { "bindaddress", "" }, { "bindinterface", "" }, { "addressfamily", "any" },
	{ "canonicalizehostname", "no" },
	{ "knownhostscommand", "none" },
};
#define MAX_DEPTH 16u
#define MAX_FILES 512u
#define NO_BLOCK ((size_t)-1)

struct line {
	enum keyword keyword;
	const char **words;
	size_t n;
	size_t outer;                /* of Host and Match: the block that includes the file they stand in; NO_BLOCK */
};
struct hk_ssh_config {
	struct hk_arena arena;
	HK_VEC(struct line) lines;
	HK_VEC(const char *) warnings;
	/* while it is read */
	const char *home;            /* NULL: files are not included */
	size_t block, outer;         /* the lines that begin the block at work, and the one around the file */
	unsigned depth, files;
	bool *applies;               /* scratch of ask: for each line that begins a block */
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Greedy with one point to come back to: linear in practice, and never worse than the product of both lengths. */
bool hk_ssh_pattern_matches(struct hk_str pattern, struct hk_str text)
{
	size_t p = 0, t = 0, star = (size_t)-1, retry = 0;
	while (t < text.n) {
		if (p < pattern.n && pattern.s[p] == '*') {
			star = p++;
			retry = t;
		} else if (p < pattern.n && (pattern.s[p] == '?' || lower(pattern.s[p]) == lower(text.s[t]))) {
			p++;
			t++;
		} else if (star != (size_t)-1) {
			p = star + 1;
			t = ++retry;
		} else
			return false;
	}
	while (p < pattern.n && pattern.s[p] == '*')
		p++;
	return p == pattern.n;
}

/* ---- reading ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

static void warn(struct hk_ssh_config *config, const char *name, size_t number, const char *what)
{
	if (config->warnings.n < 20)
		hk_vec_push(&config->warnings, hk_arena_printf(&config->arena, "%s line %zu: %s", name, number, what));
}

/* The next word of the line; false when there is none. */
static bool next_word(struct hk_ssh_config *config, struct hk_str *rest, const char **word)
{
	while (rest->n && is_blank(*rest->s)) {
		rest->s++;
		rest->n--;
	}
	if (!rest->n)
		return false;
	bool quoted = *rest->s == '"';
	size_t start = quoted, end = start;
	while (end < rest->n && (quoted ? rest->s[end] != '"' : !is_blank(rest->s[end])))
		end++;
	*word = hk_arena_slicedup(&config->arena, (struct hk_str){ rest->s + start, end - start });
	end += quoted && end < rest->n;
	rest->s += end;
	rest->n -= end;
	return true;
}

static enum keyword find_keyword(struct hk_str word)
{
	for (int i = 0; i < KEYWORDS; i++)
		if (strlen(keyword_names[i]) == word.n && hk_ssh_pattern_matches(hk_str_of(keyword_names[i]), word))
			return (enum keyword)i;
	return KEYWORDS;
}

static void tell_left_out(struct hk_ssh_config *config, struct hk_str word, struct hk_str value, const char *name, size_t number)
{
	value = hk_str_trim(value);
	for (size_t i = 0; i < HK_COUNT(told); i++)
		if (strlen(told[i].name) == word.n && hk_ssh_pattern_matches(hk_str_of(told[i].name), word) &&
		    !hk_ssh_pattern_matches(hk_str_of(told[i].harmless), value))
			warn(config, name, number, hk_arena_printf(&config->arena, "%.*s is not supported; the line is left out", HK_STR_ARG(word)));
}

/* The words of a line, copied. */
static void read_words(struct hk_ssh_config *config, struct hk_str text, struct line *line)
{
	HK_VEC(const char *) words = { 0 };
	const char *word;
	while (next_word(config, &text, &word))
		hk_vec_push(&words, word);
	line->n = words.n;
	line->words = hk_arena_array(&config->arena, words.n + 1, sizeof *line->words);
	if (words.n)
		memcpy(line->words, words.v, words.n * sizeof *words.v);
	hk_vec_release(&words);
}

static void begin_block(struct hk_ssh_config *config, struct line line)
{
	config->block = config->lines.n;
	hk_vec_push(&config->lines, line);
}

static void begin_plain_block(struct hk_ssh_config *config, size_t outer)
{
	struct line line = { .keyword = HOST, .n = 1, .outer = outer };
	line.words = hk_arena_array(&config->arena, 2, sizeof *line.words);
	line.words[0] = "*";
	begin_block(config, line);
}

/* "all", and any number of "host LIST" and "originalhost LIST". */
static bool can_match(const struct line *line)
{
	if (line->n == 1 && strcmp(line->words[0], "all") == 0)
		return true;
	for (size_t i = 0; i < line->n; i += 2)
		if (i + 1 == line->n || (strcmp(line->words[i], "host") != 0 && strcmp(line->words[i], "originalhost") != 0))
			return false;
	return line->n > 0;
}

static void read_text(struct hk_ssh_config *config, struct hk_str text, const char *name);

static void include_file(struct hk_ssh_config *config, const char *path, const char *name, size_t number)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	size_t block = config->block, outer = config->outer;
	if (++config->files > MAX_FILES || config->depth >= MAX_DEPTH) {
		warn(config, name, number, "too many files are included; this one is left out");
		return;
	}
	if (hk_file_read(path, HK_SSH_CONFIG_MAX, &text, &err)) {
		warn(config, name, number, hk_arena_printf(&config->arena, "a file is left out: %s", err.message));
		return;
	}
	/* what stands in the file applies where the line that includes it does, whatever blocks it begins itself */
	config->outer = block;
	config->depth++;
	begin_plain_block(config, block);
	read_text(config, (struct hk_str){ text.s, text.len }, hk_arena_strdup(&config->arena, path));
	config->depth--;
	config->outer = outer;
	if (block == NO_BLOCK)
		begin_plain_block(config, NO_BLOCK);
	else {
		struct line again = config->lines.v[block];
		begin_block(config, again);
	}
}

static void include_all(struct hk_ssh_config *config, const struct line *line, const char *name, size_t number)
{
	for (size_t i = 0; i < line->n; i++) {
		HK_AUTO_BUF struct hk_buf pattern = HK_BUF_INIT;
		const char *word = line->words[i];
		glob_t found = { 0 };
		bool home = word[0] == '~' && word[1] == '/';
		hk_buf_addf(&pattern, "%s%s%s", home ? config->home : word[0] == '/' ? "" : config->home, home || word[0] == '/' ? "" : "/.ssh/",
			    home ? word + 1 : word);
		if (glob(pattern.s, 0, NULL, &found) == 0)
			for (size_t f = 0; f < found.gl_pathc; f++)
				include_file(config, found.gl_pathv[f], name, number);
		globfree(&found);
	}
}

static void take_line(struct hk_ssh_config *config, struct line *line, const char *name, size_t number)
{
	line->outer = config->outer;
	if (!line->n)
		warn(config, name, number, "keyword without a value");
	if (line->keyword == MATCH && !can_match(line)) {
		warn(config, name, number, "only Match all, host and originalhost are supported; the lines up to the next Host or Match are left out");
		line->n = 0;
	}
	if (line->keyword == HOST || line->keyword == MATCH)
		begin_block(config, *line);
	else if (line->n && line->keyword == INCLUDE && !config->home)
		warn(config, name, number, "Include is not done here; the file is not read");
	else if (line->n && line->keyword == INCLUDE)
		include_all(config, line, name, number);
	else if (line->n && line->keyword == PROXY_COMMAND && strcmp(line->words[0], "none") != 0)
		warn(config, name, number, "ProxyCommand is not supported, ProxyJump is; the line is left out");
	else if (line->n)
		hk_vec_push(&config->lines, *line);
}

static void read_line(struct hk_ssh_config *config, struct hk_str text, const char *name, size_t number)
{
	size_t length = 0;
	while (text.n && is_blank(*text.s)) {
		text.s++;
		text.n--;
	}
	while (length < text.n && !is_blank(text.s[length]) && text.s[length] != '=')
		length++;
	if (!length || *text.s == '#')
		return;
	const struct hk_str word = { text.s, length };
	struct line line = { .keyword = find_keyword(word) };
	text.s += length;
	text.n -= length;
	while (text.n && (is_blank(*text.s) || *text.s == '=')) {
		text.s++;
		text.n--;
	}
	if (line.keyword == KEYWORDS) {
		tell_left_out(config, word, text, name, number);
		return;
	}
	read_words(config, text, &line);
	take_line(config, &line, name, number);
}

static void read_text(struct hk_ssh_config *config, struct hk_str text, const char *name)
{
	size_t number = 0;
	while (text.n) {
		struct hk_str line = hk_str_cut(&text, '\n');
		if (memchr(line.s, '\0', line.n))
			warn(config, name, ++number, "line with a NUL byte is left out");
		else
			read_line(config, line, name, ++number);
	}
}

struct hk_ssh_config *hk_ssh_config_parse(struct hk_str text, const char *name, const char *home)
{
	struct hk_ssh_config *config = hk_calloc(1, sizeof *config);
	config->home = home;
	config->block = config->outer = NO_BLOCK;
	if (text.n > HK_SSH_CONFIG_MAX)
		warn(config, name, 1, "file is too large and is left out");
	else
		read_text(config, text, name);
	config->applies = hk_arena_array(&config->arena, config->lines.n + 1, sizeof *config->applies);
	return config;
}

size_t hk_ssh_config_warning_count(const struct hk_ssh_config *config)
{
	return config->warnings.n;
}

const char *hk_ssh_config_warning(const struct hk_ssh_config *config, size_t index)
{
	return index < config->warnings.n ? config->warnings.v[index] : NULL;
}

void hk_ssh_config_free(struct hk_ssh_config *config)
{
	if (!config)
		return;
	hk_vec_release(&config->lines);
	hk_vec_release(&config->warnings);
	hk_arena_release(&config->arena);
	free(config);
}

/* ---- asking ---- */

/* One pattern of a list: 1 it matches, -1 it is negated and matches. */
static int pattern_says(struct hk_str pattern, const char *host)
{
	bool negated = pattern.n && *pattern.s == '!';
	pattern.s += negated;
	pattern.n -= negated;
	return !hk_ssh_pattern_matches(pattern, hk_str_of(host)) ? 0 : negated ? -1 : 1;
}

static bool host_line_matches(const struct line *line, const char *host)
{
	bool matches = false;
	for (size_t i = 0; i < line->n; i++) {
		int says = pattern_says(hk_str_of(line->words[i]), host);
		if (says < 0)
			return false;
		matches = matches || says > 0;
	}
	return matches;
}

static bool list_matches(const char *list, const char *host)
{
	struct hk_str rest = hk_str_of(list);
	bool matches = false;
	while (rest.n) {
		int says = pattern_says(hk_str_trim(hk_str_cut(&rest, ',')), host);
		if (says < 0)
			return false;
		matches = matches || says > 0;
	}
	return matches;
}

/* name: the HostName that was said so far, which "host" is about. */
static bool match_line_matches(const struct line *line, const char *host, const char *name)
{
	if (!line->n)
		return false;
	for (size_t i = 0; i + 1 < line->n; i += 2)
		if (!list_matches(line->words[i + 1], strcmp(line->words[i], "host") == 0 && name && !strchr(name, '%') ? name : host))
			return false;
	return true;
}

/* What the file says of one host. */
struct said {
	const struct line *first[KEYWORDS];              /* the line that counts; NULL */
	HK_VEC(const struct line *) identity_files;      /* which add up */
};

static void ask(const struct hk_ssh_config *config, const char *host, struct said *said)
{
	bool applies = true;
	*said = (struct said){ .first = { NULL } };
	for (size_t i = 0; config && i < config->lines.n; i++) {
		const struct line *line = &config->lines.v[i], *name = said->first[HOST_NAME];
		if (line->keyword == HOST || line->keyword == MATCH) {
			applies = (line->outer == NO_BLOCK || config->applies[line->outer]) &&
				  (line->keyword == HOST ? host_line_matches(line, host) : match_line_matches(line, host, name ? name->words[0] : NULL));
			config->applies[i] = applies;
		} else if (applies) {
			if (!said->first[line->keyword])
				said->first[line->keyword] = line;
			if (line->keyword == IDENTITY_FILE)
				hk_vec_push(&said->identity_files, line);
		}
	}
}

static const char *first_value(const struct said *said, enum keyword keyword)
{
	return said->first[keyword] ? said->first[keyword]->words[0] : NULL;
}

static int64_t first_number(const struct said *said, enum keyword keyword, int64_t most, int64_t otherwise)
{
	const char *text = first_value(said, keyword);
	double seconds;
	int64_t number;
	if (text && hk_num_parse_int(hk_str_of(text), &number) && number >= (keyword == PORT))
		return number <= most ? number : keyword == PORT ? otherwise : most;
	if (text && keyword != PORT && hk_num_parse_duration(hk_str_of(text), &seconds))      /* "1m" */
		return seconds > (double)most ? most : (int64_t)seconds;
	return otherwise;
}

/* As the depth of a host: its own ProxyJump does not count. */
#define NO_JUMPS (HK_SSH_MAX_JUMPS + 1)

struct resolver {
	const struct hk_ssh_config *config;
	const struct hk_ssh_environment *environment;
	struct hk_arena *arena;
	struct hk_err *err;
};
struct names { HK_VEC(const char *) list; };

/* "~/" and the percent signs that make sense before connecting. */
static const char *expand(const struct resolver *r, const char *text, const struct hk_ssh_target *target)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	const char *home = r->environment->home ? r->environment->home : "";
	if (text[0] == '~' && (text[1] == '/' || !text[1])) {
		hk_buf_addstr(&out, home);
		text++;
	}
	for (; *text; text++) {
		if (*text != '%' || !text[1]) {
			hk_buf_addch(&out, *text);
			continue;
		}
		switch (*++text) {
		case 'd': hk_buf_addstr(&out, home); break;
		case 'h': hk_buf_addstr(&out, target->host); break;
		case 'n': hk_buf_addstr(&out, target->alias); break;
		case 'p': hk_buf_addf(&out, "%u", target->port); break;
		case 'r': hk_buf_addstr(&out, target->user); break;
		case 'u': hk_buf_addstr(&out, r->environment->user ? r->environment->user : ""); break;
		case '%': hk_buf_addch(&out, '%'); break;
		default:
			hk_buf_addch(&out, '%');
			hk_buf_addch(&out, *text);
		}
	}
	return hk_arena_strdup(r->arena, out.s);
}

/* The files of a line, if there is one. */
static void add_files(const struct resolver *r, const struct line *line, const struct hk_ssh_target *target, struct names *names)
{
	for (size_t i = 0; line && i < line->n; i++)
		if (strcmp(line->words[i], "none") != 0)
			hk_vec_push(&names->list, expand(r, line->words[i], target));
}

/* Into the arena. */
static const char **keep(const struct resolver *r, struct names *names, size_t *n)
{
	const char **kept = hk_arena_array(r->arena, names->list.n + 1, sizeof *kept);
	if (names->list.n)
		memcpy(kept, names->list.v, names->list.n * sizeof *kept);
	*n = names->list.n;
	hk_vec_release(&names->list);
	return kept;
}

static void resolve_keys(const struct resolver *r, const struct hk_ssh_wanted *wanted, const struct said *said, struct hk_ssh_target *target)
{
	static const char *const usual[] = { "~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa" };
	struct names keys = { 0 };
	if (wanted->identity_file)
		hk_vec_push(&keys.list, expand(r, wanted->identity_file, target));
	for (size_t i = 0; i < said->identity_files.n; i++)
		if (strcmp(said->identity_files.v[i]->words[0], "none") != 0)
			hk_vec_push(&keys.list, expand(r, said->identity_files.v[i]->words[0], target));
	target->identity_files_are_default = !keys.list.n;
	for (size_t i = 0; target->identity_files_are_default && i < HK_COUNT(usual); i++)
		hk_vec_push(&keys.list, expand(r, usual[i], target));
	target->identity_files = keep(r, &keys, &target->n_identity_files);
}

static void resolve_known_hosts(const struct resolver *r, const struct hk_ssh_wanted *wanted, const struct said *said, struct hk_ssh_target *target)
{
	static const char *const usual[] = { "~/.ssh/known_hosts", "~/.ssh/known_hosts2" };
	struct names hosts = { 0 };
	if (wanted->known_hosts)
		hk_vec_push(&hosts.list, expand(r, wanted->known_hosts, target));
	else {
		add_files(r, said->first[KNOWN_HOSTS], target, &hosts);
		for (size_t i = 0; !said->first[KNOWN_HOSTS] && i < HK_COUNT(usual); i++)
			hk_vec_push(&hosts.list, expand(r, usual[i], target));
		add_files(r, said->first[GLOBAL_KNOWN_HOSTS], target, &hosts);
		if (!said->first[GLOBAL_KNOWN_HOSTS])
			hk_vec_push(&hosts.list, "/etc/ssh/ssh_known_hosts");
	}
	target->known_hosts = keep(r, &hosts, &target->n_known_hosts);
}

static void resolve_agent(const struct resolver *r, const struct said *said, struct hk_ssh_target *target)
{
	const char *agent = first_value(said, IDENTITY_AGENT), *only = first_value(said, IDENTITIES_ONLY);
	target->agent_socket = r->environment->agent_socket;
	if (agent && strcmp(agent, "none") == 0)
		target->agent_socket = NULL;
	else if (agent && strcmp(agent, "SSH_AUTH_SOCK") != 0 && agent[0] != '$')
		target->agent_socket = expand(r, agent, target);
	target->identities_only = only && strcmp(only, "yes") == 0;
}

static int resolve_one(const struct resolver *r, const struct hk_ssh_wanted *wanted, unsigned depth, struct hk_ssh_target *target);

/* "[user@]host[:port]" or "[user@][address]:port". */
static int parse_hop(const struct resolver *r, struct hk_str hop, struct hk_ssh_wanted *wanted)
{
	struct hk_str user = { 0 }, port = { 0 };
	int64_t number = 0;
	hop = hk_str_trim(hop);
	struct hk_str whole = hop;
	if (hk_str_starts(hop, "ssh://"))
		hop = (struct hk_str){ hop.s + 6, hop.n - 6 };
	for (size_t i = hop.n; i-- > 0;)
		if (hop.s[i] == '@') {
			user = (struct hk_str){ hop.s, i };
			hop = (struct hk_str){ hop.s + i + 1, hop.n - i - 1 };
			break;
		}
	const char *closing = hop.n && *hop.s == '[' ? memchr(hop.s, ']', hop.n) : NULL;
	if (closing) {
		port = (struct hk_str){ closing + 1, hop.n - (size_t)(closing + 1 - hop.s) };
		hop = (struct hk_str){ hop.s + 1, (size_t)(closing - hop.s) - 1 };
		if (port.n && *port.s == ':')
			port = (struct hk_str){ port.s + 1, port.n - 1 };
	} else {
		const char *colon = memchr(hop.s, ':', hop.n);
		if (colon && !memchr(colon + 1, ':', hop.n - (size_t)(colon + 1 - hop.s))) {
			port = (struct hk_str){ colon + 1, hop.n - (size_t)(colon + 1 - hop.s) };
			hop.n = (size_t)(colon - hop.s);
		}
	}
	if (!hop.n || *hop.s == '-' || (port.n && (!hk_num_parse_int(port, &number) || number < 1 || number > 65535)))
		return hk_err_set(r->err, HK_USAGE, "ProxyJump '%.*s' is not [user@]host[:port]", HK_STR_ARG(whole));
	wanted->host = hk_arena_slicedup(r->arena, hop);
	wanted->user = user.n ? hk_arena_slicedup(r->arena, user) : NULL;
	wanted->port = (uint16_t)number;
	return 0;
}

/* "a,b,c" is: through a to b, through b to c. The hops of a chain have no ProxyJump of their own, but the first may. */
static int resolve_jumps(const struct resolver *r, const char *text, unsigned depth, struct hk_ssh_target *target)
{
	struct hk_str rest = hk_str_of(text);
	struct hk_ssh_target *chain = NULL;
	while (rest.n) {
		struct hk_ssh_wanted wanted = { 0 };
		struct hk_ssh_target *hop = hk_arena_alloc(r->arena, sizeof *hop);
		if (++depth > HK_SSH_MAX_JUMPS)
			return hk_err_set(r->err, HK_USAGE, "more than %u jump hosts on the way to '%s': is there a loop?", HK_SSH_MAX_JUMPS, target->alias);
		if (parse_hop(r, hk_str_cut(&rest, ','), &wanted))
			return -1;
		/* "Host *" with a ProxyJump matches the jump host too, which is meant to be reached directly */
		if (strcmp(wanted.host, target->alias) == 0)
			continue;
		if (resolve_one(r, &wanted, chain ? NO_JUMPS : depth, hop))
			return -1;
		if (chain)
			hop->jump = chain;
		chain = hop;
	}
	target->jump = chain;
	return 0;
}

static int take(const struct resolver *r, const struct hk_ssh_wanted *wanted, const struct said *said, struct hk_ssh_target *target)
{
	const char *name = first_value(said, HOST_NAME), *user = first_value(said, USER), *revoked = first_value(said, REVOKED_HOST_KEYS);
	/* leaving it out could trust a key that was revoked */
	if (revoked && strcmp(revoked, "none") != 0)
		return hk_err_set(r->err, HK_USAGE,
				  "the SSH configuration of '%s' has RevokedHostKeys, which is not supported; write the keys into known_hosts with @revoked",
				  target->alias);
	target->host = target->alias;
	target->port = wanted->port ? wanted->port : (uint16_t)first_number(said, PORT, 65535, wanted->default_port ? wanted->default_port : 22);
	target->user = wanted->user ? wanted->user : user ? user : r->environment->user;
	if (!target->user || !*target->user)
		return hk_err_set(r->err, HK_USAGE, "no user name for '%s'", target->alias);
	target->user = hk_arena_strdup(r->arena, target->user);
	if (name)
		target->host = expand(r, name, target);
	target->connect_timeout_s = (unsigned)first_number(said, CONNECT_TIMEOUT, 3600, 0);
	target->alive_interval_s = (unsigned)first_number(said, ALIVE_INTERVAL, 3600, 15);
	resolve_keys(r, wanted, said, target);
	resolve_known_hosts(r, wanted, said, target);
	resolve_agent(r, said, target);
	return 0;
}

static int resolve_one(const struct resolver *r, const struct hk_ssh_wanted *wanted, unsigned depth, struct hk_ssh_target *target)
{
	struct said said;
	*target = (struct hk_ssh_target){ .alias = hk_arena_strdup(r->arena, wanted->host) };
	ask(r->config, target->alias, &said);
	const char *jumps = first_value(&said, PROXY_JUMP);
	int status = take(r, wanted, &said, target);
	if (status == 0 && jumps && strcmp(jumps, "none") != 0 && depth != NO_JUMPS)
		status = resolve_jumps(r, jumps, depth, target);
	hk_vec_release(&said.identity_files);
	return status;
}

int hk_ssh_config_resolve(const struct hk_ssh_config *config, const struct hk_ssh_wanted *wanted, const struct hk_ssh_environment *environment,
			  struct hk_arena *arena, struct hk_ssh_target *target, struct hk_err *err)
{
	const struct resolver r = { config, environment, arena, err };
	return resolve_one(&r, wanted, 0, target);
}
