/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * archive.c: the program ingot-archive: the words of archive/words.h on the command line. It needs
 * no checkout, and of shared libraries only the C library (and libcurl, for s3://).
 *
 * Results go to standard output, messages and progress to standard error; with --json the last line
 * is one JSON object. Exit status: that of an executable (base/error.h).
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "archive/object.h"
#include "archive/words.h"
#include "base/json.h"

typedef struct option_row {
    const char *name, *argument, *help; /* argument NULL: none */
    const char *words; /* " list gc ": where it means something; NULL: everywhere */
} option_row;

static const option_row option_rows[] = {
    {"archive", "PLACE", "a folder (default: archive) or s3://bucket/prefix", NULL},
    {"by", "NAME", "who does it; stays in the history",
     " archive tag untag promote rollback policy gc "},
    {"gate", NULL, "only if it passed the gate of its spec", " promote rollback "},
    {"grace", "HOURS", "what is younger stays (default: 24)", " gc "},
    {"help", NULL, "this", NULL},
    {"json", NULL, "one JSON object as the last line", NULL},
    {"keep", "N", "remove artifacts but the N newest of a name, and those with tag or stage",
     " gc "},
    {"limit", "N", "only the newest N", " list history "},
    {"members", "FILE", "JSON: name, stamp, facts and files of the artifact", " archive "},
    {"move", NULL, "though the tag names another artifact", " tag archive "},
    {"name", "GLOB", "of that name", " list "},
    {"note", "TEXT", "why; stays in the history", " archive tag untag promote rollback policy gc "},
    {"older-than", "DAYS", "remove artifacts that are older, but those with tag or stage", " gc "},
    {"only", "ROLE", "only members of that role; may be given again", " restore "},
    {"quiet", NULL, "no progress", NULL},
    {"require-gate", "STAGE",
     "promotions to it want a passed gate; `none`: none does; may be given again", " policy "},
    {"require-signature", NULL, "refuse what is not signed by one of the signers", " restore "},
    {"signers", "FILE",
     "whose signature counts: allowed_signers of OpenSSH, a public key of it or of minisign",
     " restore "},
    {"since", "DATE", "archived then or later: 2026-11-29 or 2026-11-29T18:00:00Z", " list "},
    {"stage", "STAGE", "in that stage: staging, production, archived, none", " list "},
    {"tag", "NAME", "list: with that tag (GLOB); archive: tag it", " list archive "},
    {"to", "DIR", "where to put the files: a folder that is not there yet, or empty", " restore "},
    {"until", "DATE", "archived then or earlier", " list "},
    {"where", "CONDITION", "by metric, like \"accuracy >= 0.9\"; may be given again", " list "},
    {"yes", NULL, "remove; without it is only said what would be", " gc "},
};
enum { OPTIONS = sizeof option_rows / sizeof *option_rows };

static const struct word_row {
    const char *name, *usage, *help;
    ingot_archive_word run;
    int makes; /* 1: makes the archive where there is none */
} word_rows[] = {
    {"archive", "archive --members FILE", "stores an artifact", ingot_word_archive, 1},
    {"list", "list", "what is in the archive, the newest first", ingot_word_list, 0},
    {"show", "show REF", "an artifact with its members", ingot_word_show, 0},
    {"history", "history [NAME]", "what happened, in order", ingot_word_history, 0},
    {"restore", "restore REF --to DIR", "the files of an artifact, to the bit", ingot_word_restore,
     0},
    {"tag", "tag REF NAME", "gives an artifact a name of its own", ingot_word_tag, 0},
    {"untag", "untag NAME", "takes it away", ingot_word_untag, 0},
    {"promote", "promote REF STAGE --by NAME --note TEXT",
     "to staging, production, archived, or none", ingot_word_promote, 0},
    {"rollback", "rollback NAME [STAGE] --by NAME --note TEXT",
     "production (or STAGE) goes back to who had it before", ingot_word_rollback, 0},
    {"policy", "policy [--require-gate STAGE]", "what promotions must fulfil", ingot_word_policy,
     0},
    {"gc", "gc [--yes]", "removes what nothing refers to", ingot_word_gc, 0},
    {"check", "check", "reads everything and computes every digest", ingot_word_check, 0},
};
enum { WORDS = sizeof word_rows / sizeof *word_rows };

/* ------------------------------------------------------------------ help */

static int belongs(const option_row *option, const char *word) {
    char padded[32];
    if (!option->words || !word) return option->words == NULL;
    snprintf(padded, sizeof padded, " %.28s ", word);
    return strstr(option->words, padded) != NULL;
}

static void help(const struct word_row *word) {
    char left[64];
    if (word) {
        printf("usage: ingot-archive %s [options]\n\n%s\n\n", word->usage, word->help);
    } else {
        puts("usage: ingot-archive WORD … [--archive PLACE]\n\nWords (each with --help):");
        for (int i = 0; i < WORDS; i++) {
            printf("  %-44s %s\n", word_rows[i].usage, word_rows[i].help);
        }
        puts("\nREF is a stamp or its beginning (six digits at least), a tag, a name (its newest "
             "artifact) "
             "or\nNAME@STAGE.\n");
    }
    puts("Options:");
    for (int i = 0; i < OPTIONS; i++) {
        if (!belongs(&option_rows[i], word ? word->name : NULL)) continue;
        snprintf(left, sizeof left, "--%s %s", option_rows[i].name,
                 option_rows[i].argument ? option_rows[i].argument : "");
        printf("  %-24s %s\n", left, option_rows[i].help);
    }
}

/* ------------------------------------------------------------------ reading the command line */

typedef struct command {
    ingot_archive_request request;
    const struct word_row *word;
    int json, quiet, help;
} command;

static ingot_status add(const char **list, int *count, const char *value, const char *option,
                        ingot_error *error) {
    if (*count >= INGOT_MOST_CONDITIONS) {
        return ingot_fail(error, INGOT_USAGE, "--%s: given more than %d times", option,
                          INGOT_MOST_CONDITIONS);
    }
    list[(*count)++] = value;
    return INGOT_OK;
}

static ingot_status number(const char *option, const char *text, double *value,
                           ingot_error *error) {
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    if (end != text && !*end && errno == 0 && *value >= 0 && *value < 1e9) return INGOT_OK;
    return ingot_fail(error, INGOT_USAGE, "--%s: `%s` is no number of at least 0", option, text);
}

static ingot_status whole(const char *option, const char *text, int64_t *value,
                          ingot_error *error) {
    double d = 0;
    ingot_status status = number(option, text, &d, error);
    *value = (int64_t)d;
    if (status == INGOT_OK && (double)*value != d) {
        status = ingot_fail(error, INGOT_USAGE, "--%s: `%s` is no whole number", option, text);
    }
    return status;
}

static ingot_status take(command *c, const char *name, const char *value, ingot_error *error) {
    ingot_archive_request *r = &c->request;
    const struct {
        const char *name;
        const char **to;
    } texts[] = {{"archive", &r->archive}, {"by", &r->by},       {"members", &r->members},
                 {"name", &r->name},       {"note", &r->note},   {"since", &r->since},
                 {"signers", &r->signers}, {"stage", &r->stage}, {"tag", &r->tag},
                 {"to", &r->to},           {"until", &r->until}};
    const struct {
        const char *name;
        int *to;
    } flags[] = {{"gate", &r->gate},
                 {"help", &c->help},
                 {"json", &c->json},
                 {"move", &r->move},
                 {"quiet", &c->quiet},
                 {"yes", &r->yes},
                 {"require-signature", &r->require_signature}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(name, texts[i].name) == 0) *texts[i].to = value;
    }
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (strcmp(name, flags[i].name) == 0) *flags[i].to = 1;
    }
    ingot_status status = INGOT_OK;
    if (strcmp(name, "only") == 0) status = add(r->only, &r->only_count, value, name, error);
    if (strcmp(name, "where") == 0) status = add(r->where, &r->where_count, value, name, error);
    if (strcmp(name, "require-gate") == 0) {
        status = add(r->require_gate, &r->require_gate_count, value, name, error);
    }
    if (strcmp(name, "limit") == 0) status = whole(name, value, &r->limit, error);
    if (strcmp(name, "keep") == 0) status = whole(name, value, &r->keep, error);
    if (strcmp(name, "grace") == 0) {
        status = number(name, value, &r->grace, error);
        r->grace *= 3600;
    }
    if (strcmp(name, "older-than") == 0) {
        status = number(name, value, &r->older, error);
        r->older *= 86400;
    }
    return status;
}

static ingot_status find_word(command *c, const char *name, ingot_error *error) {
    for (int i = 0; i < WORDS; i++) {
        if (strcmp(word_rows[i].name, name) == 0) c->word = &word_rows[i];
    }
    if (c->word) return INGOT_OK;
    return ingot_fail(
        error, INGOT_USAGE,
        "there is no word `%s`; the words are archive, list, show, history, restore, tag, "
        "untag, promote, rollback, policy, gc, check",
        name);
}

static ingot_status read_options(int argc, char **argv, command *c, ingot_error *error) {
    struct option options[OPTIONS + 1];
    char given[OPTIONS] = {0};
    int index = 0, found;
    memset(options, 0, sizeof options);
    for (int i = 0; i < OPTIONS; i++) {
        options[i] = (struct option){.name = option_rows[i].name,
                                     .has_arg = option_rows[i].argument ? 1 : 0};
    }
    opterr = 0;
    while ((found = getopt_long(argc, argv, ":", options, &index)) != -1) {
        if (found == ':') {
            return ingot_fail(error, INGOT_USAGE, "%s: wants a value", argv[optind - 1]);
        }
        if (found != 0) {
            return ingot_fail(error, INGOT_USAGE, "there is no option %s (--help lists them)",
                              argv[optind - 1]);
        }
        ingot_status status = take(c, option_rows[index].name, optarg, error);
        if (status != INGOT_OK) return status;
        given[index] = 1;
    }
    if (optind == argc) {
        return c->help ? INGOT_OK : ingot_fail(error, INGOT_USAGE, "no word (--help lists them)");
    }
    c->request.arguments = argv + optind + 1;
    c->request.argument_count = argc - optind - 1;
    ingot_status status = find_word(c, argv[optind], error);
    /* The word may come after its options. */
    for (int i = 0; status == INGOT_OK && i < OPTIONS; i++) {
        if (given[i] && option_rows[i].words && !belongs(&option_rows[i], c->word->name)) {
            status = ingot_fail(error, INGOT_USAGE, "--%s means nothing to %s", option_rows[i].name,
                                c->word->name);
        }
    }
    return status;
}

/* ------------------------------------------------------------------ doing it */

static void progress(const char *what, uint64_t done, uint64_t total) {
    static struct timespec last;
    struct timespec now;
    char a[32], b[32];
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double seconds =
        (double)(now.tv_sec - last.tv_sec) + 1e-9 * (double)(now.tv_nsec - last.tv_nsec);
    if (seconds < 0.1 && done < total) return;
    last = now;
    ingot_bytes_text(done, a);
    ingot_bytes_text(total, b);
    fprintf(stderr, "\r%s: %s of %s\x1b[K", what, a, b);
    if (done >= total) fputs("\r\x1b[K", stderr);
    fflush(stderr);
}

static ingot_status perform(command *c, ingot_error *error) {
    ingot_place *place = NULL;
    ingot_status status = ingot_place_open(c->request.archive, c->word->makes, &place, error);
    if (status != INGOT_OK) return status;
    status = c->word->run(&c->request, place, error);
    if (place->notice[0]) {
        fprintf(stderr, "%s\n", place->notice);
        json_object_set_new(c->request.summary, "notice", json_string(place->notice));
    }
    ingot_place_close(place);
    return status;
}

static void print_json(const command *c, ingot_status status, const ingot_error *error) {
    static const char *const names[] = {"ok",   "failed",        "usage",
                                        "gate", "lock_mismatch", "environment"};
    json_t *summary = c->request.summary;
    json_object_set_new(summary, "exit_code", json_integer(status));
    json_object_set_new(summary, "status", json_string(names[status]));
    if (status != INGOT_OK) json_object_set_new(summary, "error", json_string(error->text));
    char *line = ingot_json_line(summary);
    if (line) puts(line);
    free(line);
}

int main(int argc, char **argv) {
    ingot_error error = {""};
    command c = {.request = {.archive = "archive",
                             .grace = INGOT_GRACE_SECONDS,
                             .keep = -1,
                             .older = -1,
                             .tool = "/proc/self/exe",
                             .summary = json_object()}};
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    ingot_status status = read_options(argc, argv, &c, &error);
    if (c.help && (status == INGOT_OK || !c.word)) {
        help(c.word);
        status = INGOT_OK;
    } else {
        c.request.out = c.json ? NULL : stdout;
        if (!c.quiet && isatty(STDERR_FILENO)) c.request.progress = progress;
        if (status == INGOT_OK) status = perform(&c, &error);
        if (status != INGOT_OK) fprintf(stderr, "%s\n", error.text);
        if (c.json) print_json(&c, status, &error);
    }
    json_decref(c.request.summary);
    return fflush(stdout) == 0 ? (int)status : INGOT_FAILED;
}
