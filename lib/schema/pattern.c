/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Thompson's construction (pattern_match.c runs it). A sub-expression that is repeated is compiled as often as needed by reading its text again, so
 * no syntax tree is needed; jumps are relative, so code can be moved when a split must go in front of it.
 */
#include "schema/pattern_internal.h"
#include "base/vec.h"
#include <string.h>

#define MAX_REPEAT 255
#define MAX_NESTING 32
#define MAX_STEPS 100000        /* atoms read while compiling; repeated empty groups emit nothing but would take for ever */

struct compiler {
	struct hk_str text;
	size_t at, depth, steps;
	struct hk_arena *arena;
	struct instruction code[HK_PATTERN_MAX];
	size_t size;
	const char *problem;        /* first one; NULL while all is well */
};

uint32_t hk_pattern_code_point(struct hk_str text, size_t *length)
{
	const unsigned char *s = (const unsigned char *)text.s;
	unsigned n = hk_utf8_length(text.s, text.n);

	*length = n ? n : 1;
	switch (n) {
	case 1: return s[0];
	case 2: return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3fu);
	case 3: return (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3fu);
	case 4: return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 | (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3fu);
	default: return 0xfffd;
	}
}

static bool fail(struct compiler *c, const char *problem)
{
	if (!c->problem)
		c->problem = problem;
	return false;
}

static int peek(const struct compiler *c)
{
	return c->at < c->text.n ? (unsigned char)c->text.s[c->at] : -1;
}

static uint32_t take_code_point(struct compiler *c)
{
	size_t length;
	uint32_t cp = hk_pattern_code_point((struct hk_str){ c->text.s + c->at, c->text.n - c->at }, &length);

	c->at += length;
	return cp;
}

/* Make room for one instruction at `at`; relative jumps lie within what moves, so they stay right. */
static struct instruction *insert(struct compiler *c, size_t at, enum operation operation)
{
	if (c->size >= HK_PATTERN_MAX) {
		fail(c, "is too large");
		return NULL;
	}
	memmove(&c->code[at + 1], &c->code[at], (c->size - at) * sizeof c->code[0]);
	c->size++;
	c->code[at] = (struct instruction){ .operation = operation };
	return &c->code[at];
}

static struct instruction *emit(struct compiler *c, enum operation operation)
{
	return insert(c, c->size, operation);
}

/* Characters that may be escaped; '-' only in a class. */
static bool is_punctuation(int ch, bool in_class)
{
	return ch > 0 && strchr(in_class ? "^$\\.*+?()[]{}|/-" : "^$\\.*+?()[]{}|/", ch);
}

/* One character of a class or a literal, with its escape. */
static bool take_literal(struct compiler *c, bool in_class, uint32_t *cp)
{
	if (peek(c) < 0)
		return fail(c, "ends too early");
	if (peek(c) == '\\') {
		c->at++;
		if (!is_punctuation(peek(c), in_class))
			return fail(c, "has an escape that is not supported");
	}
	*cp = take_code_point(c);
	return true;
}

static bool take_class(struct compiler *c)
{
	HK_VEC(struct span) spans = { 0 };
	bool negated = peek(c) == '^', good = true;
	struct span span;

	c->at += negated;
	for (bool first = true; good && (first || peek(c) != ']'); first = false) {
		if (peek(c) == '[' || peek(c) == ']') {
			good = fail(c, "has an unescaped bracket inside a class");
			break;
		}
		good = take_literal(c, true, &span.low);
		span.high = span.low;
		if (good && peek(c) == '-' && c->at + 1 < c->text.n && c->text.s[c->at + 1] != ']') {
			c->at++;
			good = take_literal(c, true, &span.high) && (span.low <= span.high || fail(c, "has a range that runs backwards"));
		}
		if (good)
			hk_vec_push(&spans, span);
	}
	c->at++;
	struct instruction *op = good ? emit(c, OP_CLASS) : NULL;
	if (op) {
		struct span *copy = hk_arena_array(c->arena, spans.n, sizeof *copy);
		memcpy(copy, spans.v, spans.n * sizeof *copy);
		op->spans = copy;
		op->n_spans = spans.n;
		op->negated = negated;
	}
	hk_vec_release(&spans);
	return op != NULL;
}

static bool take_alternatives(struct compiler *c);

static bool take_group(struct compiler *c)
{
	if (peek(c) == '?') {
		if (c->at + 1 >= c->text.n || c->text.s[c->at + 1] != ':')
			return fail(c, "has a kind of group that is not supported");
		c->at += 2;
	}
	if (++c->depth > MAX_NESTING)
		return fail(c, "is nested too deeply");
	if (!take_alternatives(c))
		return false;
	c->depth--;
	if (peek(c) != ')')
		return fail(c, "has a group that is not closed");
	c->at++;
	return true;
}

static bool take_atom(struct compiler *c)
{
	int ch = peek(c);
	uint32_t cp;

	if (++c->steps > MAX_STEPS)
		return fail(c, "is too large");
	switch (ch) {
	case '(': c->at++; return take_group(c);
	case '[': c->at++; return take_class(c);
	case '.': c->at++; return emit(c, OP_ANY) != NULL;
	case '^': c->at++; return emit(c, OP_BEGIN) != NULL;
	case '$': c->at++; return emit(c, OP_END) != NULL;
	case '*': case '+': case '?': case '{': case '}': case ']':
		return fail(c, "has a quantifier or bracket where a character is expected");
	default: break;
	}
	if (!take_literal(c, false, &cp))
		return false;
	struct instruction *op = emit(c, OP_CHAR);
	if (op)
		op->code_point = cp;
	return op != NULL;
}

static bool take_number(struct compiler *c, int *value)
{
	size_t digits = 0;

	for (*value = 0; peek(c) >= '0' && peek(c) <= '9'; c->at++, digits++) {
		*value = *value * 10 + (peek(c) - '0');
		if (*value > MAX_REPEAT)
			return fail(c, "repeats something too often");
	}
	return digits > 0 || fail(c, "has a malformed repetition");
}

/* max is -1 for "any number of times". false also when there is no quantifier at all: then *min == *max == 1 and there is no problem. */
static bool take_quantifier(struct compiler *c, int *min, int *max)
{
	int ch = peek(c);

	*min = *max = 1;
	if (ch < 0 || !strchr("*+?{", ch))
		return true;
	c->at++;
	if (ch != '{') {
		*min = ch == '+';
		*max = ch == '?' ? 1 : -1;
	} else {
		if (!take_number(c, min))
			return false;
		*max = *min;
		if (peek(c) == ',') {
			c->at++;
			*max = -1;
			if (peek(c) != '}' && !take_number(c, max))
				return false;
		}
		if (peek(c) != '}' || (*max >= 0 && *max < *min))
			return fail(c, "has a malformed repetition");
		c->at++;
	}
	ch = peek(c);
	return !(ch > 0 && strchr("*+?{", ch)) || fail(c, "has two quantifiers in a row");
}

/* Make code[from..] optional or a loop. */
static bool wrap(struct compiler *c, size_t from, bool loop)
{
	struct instruction *split = insert(c, from, OP_SPLIT);

	if (!split)
		return false;
	int length = (int)(c->size - from);
	split->first = 1;
	split->second = length + loop;
	if (!loop)
		return true;
	struct instruction *jump = emit(c, OP_JUMP);
	if (jump)
		jump->first = -length;
	return jump != NULL;
}

static bool take_repeated(struct compiler *c)
{
	size_t atom = c->at, code = c->size, depth = c->depth;
	int min, max;

	if (!take_atom(c))
		return false;
	if (!take_quantifier(c, &min, &max))
		return false;
	if (min == 1 && max == 1)
		return true;
	size_t after = c->at;
	int copies = max < 0 ? min + 1 : max;
	c->size = code;
	for (int i = 0; i < copies; i++) {
		size_t from = c->size;
		c->at = atom;
		c->depth = depth;
		if (!take_atom(c))
			return false;
		if (i >= min && !wrap(c, from, max < 0))
			return false;
	}
	c->at = after;
	return true;
}

static bool take_sequence(struct compiler *c)
{
	while (peek(c) >= 0 && peek(c) != '|' && peek(c) != ')')
		if (!take_repeated(c))
			return false;
	return true;
}

static bool take_alternatives(struct compiler *c)
{
	size_t from = c->size;

	if (!take_sequence(c))
		return false;
	if (peek(c) != '|')
		return true;
	c->at++;
	struct instruction *split = insert(c, from, OP_SPLIT);
	size_t jump_at = c->size;
	if (!split || !emit(c, OP_JUMP))
		return false;
	split->first = 1;
	split->second = (int)(c->size - from);
	if (!take_alternatives(c))
		return false;
	c->code[jump_at].first = (int)(c->size - jump_at);
	return true;
}

const struct hk_pattern *hk_pattern_compile(struct hk_str expression, struct hk_arena *arena, struct hk_err *err)
{
	HK_AUTO_FREE struct compiler *c = hk_calloc(1, sizeof *c);

	c->text = expression;
	c->arena = arena;
	if (take_alternatives(c) && peek(c) == ')')
		fail(c, "has a bracket that was not opened");
	if (c->problem || !emit(c, OP_MATCH)) {
		hk_err_set(err, HK_FAILED, "the pattern '%.*s' %s", HK_STR_ARG(expression), c->problem);
		return NULL;
	}
	struct hk_pattern *pattern = hk_arena_alloc(arena, sizeof *pattern);
	pattern->code = hk_arena_array(arena, c->size, sizeof c->code[0]);
	pattern->size = c->size;
	memcpy(pattern->code, c->code, c->size * sizeof c->code[0]);
	hk_pattern_prepare(pattern, arena);
	return pattern;
}
