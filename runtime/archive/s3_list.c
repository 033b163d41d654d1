/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * s3_list.c: ListObjectsV2, page by page (s3.h).
 */
#define _GNU_SOURCE /* asprintf */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/s3.h"
#include "archive/xml.h"
#include "base/url.h"

enum { PAGE_BYTES = 16 << 20 };

void ingot_s3_page_free(ingot_s3_page *page) {
    for (size_t i = 0; i < page->count; i++) free(page->items[i].key);
    free(page->items);
    free(page->next);
    free(page->key);
    free(page->modified);
    free(page->bytes);
    memset(page, 0, sizeof *page);
}

static ingot_status keep(char **to, const char *text, ingot_error *error) {
    free(*to);
    *to = strdup(text);
    return *to ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
}

static ingot_status add_item(ingot_s3_page *page, ingot_error *error) {
    if (!page->key) return ingot_fail(error, INGOT_FAILED, "XML: an object without Key");
    if (page->count == page->room) {
        const size_t room = page->room ? 2 * page->room : 256;
        struct ingot_s3_item *grown = realloc(page->items, room * sizeof *grown);
        if (!grown) return ingot_fail(error, INGOT_FAILED, "out of memory");
        page->items = grown;
        page->room = room;
    }
    page->items[page->count++] =
        (struct ingot_s3_item){.key = page->key,
                               .size = page->bytes ? strtoull(page->bytes, NULL, 10) : 0,
                               .modified = page->modified ? ingot_s3_time(page->modified) : 0};
    page->key = NULL;
    return INGOT_OK;
}

static ingot_status take(void *user, const char *path, const char *text, ingot_error *error) {
    ingot_s3_page *page = user;
    static const char root[] = "ListBucketResult/";
    if (strncmp(path, root, sizeof root - 1) != 0) return INGOT_OK;
    path += sizeof root - 1;
    if (strcmp(path, "Contents/Key") == 0) return keep(&page->key, text, error);
    if (strcmp(path, "Contents/Size") == 0) return keep(&page->bytes, text, error);
    if (strcmp(path, "Contents/LastModified") == 0) return keep(&page->modified, text, error);
    if (strcmp(path, "Contents") == 0) return add_item(page, error);
    if (strcmp(path, "NextContinuationToken") == 0) return keep(&page->next, text, error);
    if (strcmp(path, "IsTruncated") == 0) page->truncated = strcmp(text, "true") == 0;
    return INGOT_OK;
}

ingot_status ingot_s3_page_read(const char *bytes, size_t size, ingot_s3_page *page,
                                ingot_error *error) {
    memset(page, 0, sizeof *page);
    ingot_status status = ingot_xml_read(bytes, size, take, page, error);
    if (status == INGOT_OK && page->truncated && !page->next) {
        status =
            ingot_fail(error, INGOT_FAILED, "XML: a list that goes on, and does not say where");
    }
    if (status != INGOT_OK) ingot_s3_page_free(page);
    return status;
}

/* Parameters in the order of their names. From malloc, or NULL. */
static char *query_of(const ingot_s3 *s3, const char *prefix, const char *after,
                      const char *token) {
    char *whole = NULL, *start = NULL, *query = NULL;
    if (asprintf(&whole, "%s%s", s3->prefix, prefix) < 0) return NULL;
    if (asprintf(&start, "%s%s", s3->prefix, after ? after : "") < 0) start = NULL;
    char *p = ingot_url_encode(whole, 0), *t = ingot_url_encode(token ? token : "", 0);
    char *s = start ? ingot_url_encode(start, 0) : NULL;
    if (p && t && s &&
        asprintf(&query, "%s%s%slist-type=2&max-keys=1000&prefix=%s%s%s",
                 token ? "continuation-token=" : "", t, token ? "&" : "", p,
                 after && !token ? "&start-after=" : "", after && !token ? s : "") < 0) {
        query = NULL;
    }
    free(whole);
    free(start);
    free(p);
    free(t);
    free(s);
    return query;
}

static ingot_status visit_page(const ingot_s3 *s3, const ingot_s3_page *page, double now,
                               ingot_key_visit visit, void *user, ingot_error *error) {
    const size_t skip = strlen(s3->prefix);
    for (size_t i = 0; i < page->count; i++) {
        const struct ingot_s3_item *item = &page->items[i];
        if (strncmp(item->key, s3->prefix, skip) != 0) continue;
        const ingot_key_facts facts = {.size = item->size,
                                       .age = ingot_s3_age(now, item->modified)};
        ingot_status status = visit(user, item->key + skip, &facts, error);
        if (status != INGOT_OK) return status;
    }
    return INGOT_OK;
}

ingot_status ingot_s3_list(ingot_place *place, const char *prefix, const char *after,
                           ingot_key_visit visit, void *user, ingot_error *error) {
    ingot_s3 *s3 = place->state;
    char *token = NULL;
    ingot_status status = INGOT_OK;
    int more = 1;
    while (status == INGOT_OK && more) {
        ingot_s3_answer answer = {0};
        ingot_s3_page page = {0};
        char *query = query_of(s3, prefix, after, token);
        if (!query) {
            status = ingot_fail(error, INGOT_FAILED, "out of memory");
            break;
        }
        const ingot_s3_request request = {.method = "GET", .query = query, .limit = PAGE_BYTES};
        status = ingot_s3_send(s3, &request, &answer, error);
        if (status == INGOT_OK && answer.code != 200) {
            status = ingot_s3_explain(s3, &request, &answer, error);
        }
        if (status == INGOT_OK) {
            status = ingot_s3_page_read(answer.body ? answer.body : "", answer.size, &page, error);
            if (status != INGOT_OK) status = ingot_fail_in(error, status, "%s: a list", s3->name);
        }
        if (status == INGOT_OK) {
            status = visit_page(s3, &page, ingot_s3_now(s3, &answer), visit, user, error);
        }
        more = page.truncated;
        free(token);
        token = page.next;
        page.next = NULL;
        ingot_s3_page_free(&page);
        ingot_s3_free_answer(&answer);
        free(query);
    }
    free(token);
    return status;
}
