/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml/doc.h"

#include "base/file.h"
#include "base/mem.h"
#include <string.h>

int hk_source_load(struct hk_source *source, const char *path, size_t max_bytes, struct hk_err *err)
{
	memset(source, 0, sizeof *source);
	hk_buf_init(&source->text);
	if (max_bytes > UINT32_MAX - 1)
		max_bytes = UINT32_MAX - 1;
	if (hk_file_read(path, max_bytes, &source->text, err) != 0) {
		hk_source_release(source);
		return -1;
	}
	source->name = hk_strdup(strcmp(path, "-") == 0 ? "<stdin>" : path);
	return 0;
}

void hk_source_from_text(struct hk_source *source, const char *name, const void *text, size_t count)
{
	memset(source, 0, sizeof *source);
	hk_buf_init(&source->text);
	hk_buf_add(&source->text, text, count);
	source->name = hk_strdup(name);
}

void hk_source_release(struct hk_source *source)
{
	hk_cleanup_free(&source->name);
	hk_cleanup_free(&source->line_starts);
	hk_buf_release(&source->text);
	source->line_count = 0;
}

/* A line ends with LF, CR LF or a lone CR, as YAML has it. */
static size_t next_line(const struct hk_buf *text, size_t position)
{
	const char *s = text->s;
	while (position < text->len && s[position] != '\n' && s[position] != '\r')
		position++;
	if (position + 1 < text->len && s[position] == '\r' && s[position + 1] == '\n')
		return position + 2;
	return position < text->len ? position + 1 : text->len + 1;
}

static void index_lines(struct hk_source *source)
{
	if (source->line_starts)
		return;
	size_t count = 0, end = source->text.len;
	for (size_t at = 0; at <= end; at = next_line(&source->text, at))
		count++;
	source->line_starts = hk_reallocarray(NULL, count, sizeof *source->line_starts);
	source->line_count = (uint32_t)count;
	count = 0;
	for (size_t at = 0; at <= end; at = next_line(&source->text, at))
		source->line_starts[count++] = (uint32_t)at;
}

/* Index of the last line that starts at or before the offset. */
static uint32_t line_of(const struct hk_source *source, uint32_t offset)
{
	uint32_t low = 0, high = source->line_count;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (source->line_starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void hk_source_range(struct hk_source *source, uint32_t start, uint32_t end, struct hk_range *range)
{
	index_lines(source);
	uint32_t limit = (uint32_t)source->text.len;
	if (start > limit)
		start = limit;
	if (end > limit)
		end = limit;
	if (end < start)
		end = start;
	uint32_t first = line_of(source, start), last = line_of(source, end);
	*range = (struct hk_range){ .file = source->name, .start_byte = start, .end_byte = end, .line = first + 1, .end_line = last + 1 };
	range->column = start - source->line_starts[first] + 1;
	range->end_column = end - source->line_starts[last] + 1;
}

struct hk_str hk_source_line(struct hk_source *source, uint32_t line)
{
	index_lines(source);
	if (line == 0 || line > source->line_count)
		return (struct hk_str){ "", 0 };
	size_t start = source->line_starts[line - 1];
	size_t end = line < source->line_count ? source->line_starts[line] : source->text.len;
	const char *s = source->text.s;
	while (end > start && (s[end - 1] == '\n' || s[end - 1] == '\r'))
		end--;
	return (struct hk_str){ s + start, end - start };
}
