/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * options.c: see options.h.
 */
#include "cli/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIT(word) (1u << INGOT_WORD_##word)
#define EVERY ((1u << INGOT_WORDS) - 1)
#define LOADING (BIT(EVALUATE) | BIT(PREDICT))

/* In the order of ingot_word. `arguments` is what may follow: shown in the usage line, NULL for
 * none. */
static const struct word {
    const char *name, *arguments, *summary, *text;
} words[INGOT_WORDS] = {
    {"run", NULL, "the whole experiment: data, features, training, evaluation, report (default)",
     "Checks the data against the lock, computes features or takes them from the cache, trains,\n"
     "evaluates on the validation and test splits and writes the report. A stage whose result\n"
     "is there is left out, whichever executable computed it; --explain tells, --fresh trains\n"
     "and measures again.\n"},
    {"validate", NULL, "check the data against the lock and show what the spec's rules found",
     "Checks the data against the lock and prints a table of the rules of the spec (validate), "
     "with\n"
     "limit, what was found and the files or columns concerned, and tables of the files and "
     "columns.\n"
     "Writes validation.json.\n"},
    {"features", NULL, "check the data and compute the features into the cache",
     "Checks the data against the lock and computes what the model is fed with, once, into\n"
     "WORK/cache. Later words, and other executables with the same features, take it from "
     "there.\n"},
    {"train", NULL, "train and save the weights",
     "Trains from the initial weights of the spec's seed and saves weights.safetensors. Left out\n"
     "where the same training was finished before; --fresh trains\n"
     "again. On SIGINT or SIGTERM the current step is finished and what there is goes into\n"
     "weights.partial.safetensors; finished weights of an earlier training stay.\n"},
    {"evaluate", NULL, "measure the weights on the validation and test splits",
     "Prints accuracy, precision, recall and F1 per class, log loss and the confusion matrix, per\n"
     "item (a file is judged by the mean over its segments) and per segment, and writes them to\n"
     "metrics.json. What was measured before is taken from the cache; --fresh measures again.\n"},
    {"predict", "FILE...", "classify files; - reads paths from standard input, one per line",
     "Prints a line for each input: its path, the class, its probability, separated by tabs. A\n"
     "file of many records (idx) gives a line for each, as path#record. With --json each input is\n"
     "an object with the probabilities of all classes. A file that cannot be read is named on\n"
     "standard error and makes the exit code 1; the others are predicted all the same.\n"},
    {"bench", NULL, "measure the speed of training and inference on random data",
     "Needs neither data nor weights. Runs the entries on random input of a fixed seed and prints\n"
     "medians over warm repeats.\n"},
    {"report", NULL, "write the report again from the results in the work folder",
     "Makes report.html from what training and evaluation left in the work folder.\n"},
    {"runs", "[CONDITION...]",
     "the runs recorded in the work folder; runs show RUN, runs tag RUN K=V",
     "Lists the runs of WORK/runs.db, those of other executables too, newest first. A CONDITION "
     "is\n"
     "FIELD OP VALUE, OP one of = != < <= > >= ~ (contains), quoted where the shell minds:\n"
     "  runs status=finished 'test.accuracy>0.9' name~resnet tag.author=ana\n"
     "FIELD is id, name, experiment, status, stamp, word, threads, attempts, started, seconds,\n"
     "tag.NAME, parameter.NAME or the name of a metric. RUN is the beginning of an id, or a name:\n"
     "the newest run of that name.\n"
     "  runs show RUN            all that is known of it\n"
     "  runs tag RUN NAME=VALUE  sets a tag; without VALUE takes it away\n"},
    {"compare", "RUN RUN...", "what differs between runs: spec, data, code, metrics",
     "Prints what is not the same in all of them: fields of the spec, data, stamp, metrics, "
     "seconds\n"
     "of the stages, environment, tags. RUN is the beginning of an id, or the name of an\n"
     "executable: its newest run.\n"},
    {"sync", "[RUN...]", "send to MLflow what could not be sent before",
     "Sends what WORK/runs.db holds of runs that are tracked by an MLflow server and what the "
     "server\n"
     "does not have yet, each thing once. --track mlflow=URL also sends runs that were recorded\n"
     "here only.\n"},
    {"info", NULL, "what this executable is: stamp, model, libraries and licences, memory",
     "Prints the manifest: stamp, target, model, planned memory, the libraries it was built with,\n"
     "those that are loaded now, and their licences.\n"},
    {"verify", NULL, "check that what the executable carries is whole",
     "Checks the carried spec, lock and sources against the digests in the manifest. To prove\n"
     "that this executable follows from them byte for byte, rebuild it:\n"
     "  lua build.lua verify EXECUTABLE\n"},
    {"source", "DIR",
     "write the carried spec, lock and generated C into a folder; - for a tar stream",
     "Unpacks what the executable was made from into DIR, which must be empty or not there yet\n"
     "(needs tar). With - the tar archive goes to standard output.\n"},
};

typedef enum kind { FLAG, TEXT, COUNT, REAL } kind;

static const struct option {
    const char *name, *value;
    unsigned words;
    kind kind;
    size_t offset; /* in ingot_options */
    const char *text;
} options_table[] = {
    {"--data", "DIR", EVERY, TEXT, offsetof(ingot_options, data),
     "the data set, where it is not at the spec's path"},
    {"--work", "DIR", EVERY, TEXT, offsetof(ingot_options, work),
     "folder for everything that is written (default ./work)"},
    {"--threads", "N", EVERY, COUNT, offsetof(ingot_options, threads),
     "threads to compute with (default: the spec's)"},
    {"--json", NULL, EVERY, FLAG, offsetof(ingot_options, json),
     "results as JSON; the last line of standard output is one object"},
    {"--quiet", NULL, EVERY, FLAG, offsetof(ingot_options, quiet),
     "no progress: results and errors only"},
    {"--help", NULL, EVERY, FLAG, offsetof(ingot_options, help), "this text"},
    {"--rehash", NULL, BIT(RUN) | BIT(VALIDATE) | BIT(FEATURES) | BIT(TRAIN) | BIT(EVALUATE), FLAG,
     offsetof(ingot_options, rehash), "read every file of the data, unchanged or not"},
    {"--explain", NULL, BIT(RUN), FLAG, offsetof(ingot_options, explain),
     "say for each stage whether it would run and why, and run none"},
    {"--fresh", NULL, BIT(RUN) | BIT(TRAIN) | BIT(EVALUATE), FLAG, offsetof(ingot_options, fresh),
     "train and measure again though the results are there"},
    {"--results", "DIR", BIT(RUN), TEXT, offsetof(ingot_options, results),
     "copy weights, history, metrics and report there, to names without a stamp"},
    {"--trace", "FILE", BIT(BENCH), TEXT, offsetof(ingot_options, trace),
     "write a call of each entry, node by node, as a Chrome trace"},
    {"--weights", "FILE", LOADING, TEXT, offsetof(ingot_options, weights),
     "weights to load (default: those in the work folder)"},
    {"--track", "HOW", BIT(RUN) | BIT(TRAIN) | BIT(EVALUATE) | BIT(SYNC), TEXT,
     offsetof(ingot_options, track),
     "where the run is recorded: local (WORK/runs.db), mlflow=URL (there too), none"},
    {"--sort", "FIELD", BIT(RUNS), TEXT, offsetof(ingot_options, sort),
     "order by this field or metric; -FIELD: descending"},
    {"--limit", "N", BIT(RUNS), COUNT, offsetof(ingot_options, limit), "the first N runs only"},
    {"--any-stamp", NULL, LOADING, FLAG, offsetof(ingot_options, any_stamp),
     "take weights another executable trained, where names and shapes match"},
    {"--profile", NULL, BIT(BENCH), FLAG, offsetof(ingot_options, profile),
     "a table of every node: time, share, GFLOP/s, GB/s, share of peak, kernel"},
    {"--repeats", "N", BIT(BENCH), COUNT, offsetof(ingot_options, repeats),
     "calls to measure (default: as many as fit)"},
    {"--seconds", "S", BIT(BENCH), REAL, offsetof(ingot_options, seconds),
     "time for each entry (default 2)"},
};
enum { OPTIONS = sizeof options_table / sizeof *options_table };

const char *ingot_word_name(ingot_word word) {
    return words[word].name;
}

/* ------------------------------------------------------------------ near misses */

enum { LONGEST = 31 };

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost 1. */
static int distance(const char *a, const char *b) {
    const size_t m = strlen(a), n = strlen(b);
    int d[LONGEST + 1][LONGEST + 1];
    if (m > LONGEST || n > LONGEST) return LONGEST;
    for (size_t i = 0; i <= m; i++) d[i][0] = (int)i;
    for (size_t j = 0; j <= n; j++) d[0][j] = (int)j;
    for (size_t i = 1; i <= m; i++) {
        for (size_t j = 1; j <= n; j++) {
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best) {
                best = d[i - 2][j - 2] + 1;
            }
            d[i][j] = best;
        }
    }
    return d[m][n];
}

const char *ingot_nearest(const char *given, const char *const *names) {
    const char *best = NULL;
    int least = LONGEST;
    for (; *names; names++) {
        const int far = distance(given, *names);
        if (far < least) {
            least = far;
            best = *names;
        }
    }
    /* A third of the letters may be wrong, and two in any case. */
    const int allowed = strlen(given) / 3 > 2 ? (int)(strlen(given) / 3) : 2;
    return least <= allowed ? best : NULL;
}

static ingot_status unknown(const char *what, const char *given, const char *const *names,
                            ingot_error *error) {
    const char *near = ingot_nearest(given, names);
    if (near) {
        return ingot_fail(error, INGOT_USAGE, "no %s '%s'; did you mean '%s'? (--help lists all)",
                          what, given, near);
    }
    return ingot_fail(error, INGOT_USAGE, "no %s '%s' (--help lists all)", what, given);
}

static ingot_status unknown_option(const char *given, ingot_word word, ingot_error *error) {
    const char *names[OPTIONS + 1];
    size_t count = 0;
    for (size_t i = 0; i < OPTIONS; i++) {
        if (options_table[i].words & (1u << word)) names[count++] = options_table[i].name;
    }
    names[count] = NULL;
    return unknown("option", given, names, error);
}

static ingot_status find_word(const char *given, ingot_word *word, ingot_error *error) {
    const char *names[INGOT_WORDS + 1];
    for (int w = 0; w < INGOT_WORDS; w++) {
        names[w] = words[w].name;
        if (strcmp(given, names[w]) == 0) {
            *word = (ingot_word)w;
            return INGOT_OK;
        }
    }
    names[INGOT_WORDS] = NULL;
    if (!ingot_nearest(given, names) && access(given, F_OK) == 0) {
        return ingot_fail(error, INGOT_USAGE, "no word '%s'; did you mean 'predict %s'?", given,
                          given);
    }
    return unknown("word", given, names, error);
}

/* ------------------------------------------------------------------ parsing */

static ingot_status set_count(const struct option *o, const char *value, void *field,
                              ingot_error *error) {
    char *end;
    const int threads = o->offset == offsetof(ingot_options, threads);
    const long long most = threads ? 1024 : 1000000000;
    errno = 0;
    const long long n = strtoll(value, &end, 10);
    if (errno || end == value || *end || n < 1 || n > most) {
        return ingot_fail(error, INGOT_USAGE, "%s wants a whole number from 1 to %lld, not '%s'",
                          o->name, most, value);
    }
    if (threads) {
        *(int32_t *)field = (int32_t)n;
    } else {
        *(int64_t *)field = (int64_t)n;
    }
    return INGOT_OK;
}

static ingot_status set(const struct option *o, const char *value, ingot_options *options,
                        ingot_error *error) {
    void *field = (char *)options + o->offset;
    char *end;
    switch (o->kind) {
    case FLAG:
        *(int *)field = 1;
        return INGOT_OK;
    case COUNT:
        return set_count(o, value, field, error);
    case TEXT:
        if (!*value) return ingot_fail(error, INGOT_USAGE, "%s wants a name, not ''", o->name);
        *(const char **)field = value;
        return INGOT_OK;
    case REAL:
        break;
    }
    const double number = strtod(value, &end);
    if (end == value || *end || !(number > 0 && number <= 86400)) {
        return ingot_fail(error, INGOT_USAGE, "%s wants a number above 0, up to 86400, not '%s'",
                          o->name, value);
    }
    *(double *)field = number;
    return INGOT_OK;
}

/* An option of any word: "--name", or "--name=value" whose value starts at *value. */
static const struct option *find_option(const char *given, const char **value) {
    for (size_t i = 0; i < OPTIONS; i++) {
        const size_t length = strlen(options_table[i].name);
        if (strncmp(given, options_table[i].name, length) != 0) continue;
        if (given[length] == 0 || given[length] == '=') {
            *value = given[length] == '=' ? given + length + 1 : NULL;
            return &options_table[i];
        }
    }
    if (strcmp(given, "-h") == 0) return find_option("--help", value);
    return NULL;
}

/* Handles argv[*at], an option; its value may be the next argument. Unknown ones are left for
 * later, when the word is known: *bad. */
static ingot_status read_option(int argc, char **argv, int *at, ingot_options *options,
                                unsigned *given, const char **bad, ingot_error *error) {
    const char *value = NULL;
    const struct option *o = find_option(argv[*at], &value);
    if (!o) {
        if (!*bad) *bad = argv[*at];
        return INGOT_OK;
    }
    *given |= 1u << (o - options_table);
    if (o->kind == FLAG) {
        if (value) return ingot_fail(error, INGOT_USAGE, "%s takes no value", o->name);
        value = "";
    } else if (!value) {
        if (*at + 1 >= argc) {
            return ingot_fail(error, INGOT_USAGE, "%s wants %s after it", o->name, o->value);
        }
        value = argv[++*at];
    }
    return set(o, value, options, error);
}

static ingot_status check_arguments(const ingot_options *o, ingot_error *error) {
    const char *wanted = words[o->word].arguments;
    if (!wanted && o->argument_count > 0) {
        return ingot_fail(error, INGOT_USAGE, "%s takes no arguments, but '%s' was given",
                          words[o->word].name, o->arguments[0]);
    }
    if (wanted && *wanted != '[' && o->argument_count == 0) {
        return ingot_fail(error, INGOT_USAGE, "%s wants %s (--help tells more)",
                          words[o->word].name, wanted);
    }
    if (o->word == INGOT_WORD_SOURCE && o->argument_count > 1) {
        return ingot_fail(error, INGOT_USAGE, "source writes to one place, but %d were given",
                          o->argument_count);
    }
    return INGOT_OK;
}

/* --json and --quiet wherever they stand, so that even a usage error is told in the right form. */
static void read_manner(int argc, char **argv, ingot_options *options) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        options->json |= strcmp(argv[i], "--json") == 0;
        options->quiet |= strcmp(argv[i], "--quiet") == 0;
    }
}

ingot_status ingot_options_read(int argc, char **argv, ingot_options *options, ingot_error *error) {
    unsigned given = 0;
    const char *bad = NULL;
    int only_arguments = 0;
    memset(options, 0, sizeof *options);
    options->work = "./work";
    options->seconds = 2;
    read_manner(argc, argv, options);

    int kept = 1; /* argv[1 .. kept) are the arguments found so far */
    ingot_status status = INGOT_OK;
    for (int i = 1; i < argc && status == INGOT_OK; i++) {
        if (!only_arguments && strcmp(argv[i], "--") == 0) {
            only_arguments = 1;
        } else if (!only_arguments && argv[i][0] == '-' && argv[i][1]) {
            status = read_option(argc, argv, &i, options, &given, &bad, error);
        } else if (!options->word_given) {
            status = find_word(argv[i], &options->word, error);
            options->word_given = 1;
        } else {
            argv[kept++] = argv[i];
        }
    }
    options->arguments = argv + 1;
    options->argument_count = kept - 1;
    if (status != INGOT_OK) return status;
    if (bad) return unknown_option(bad, options->word, error);
    for (size_t i = 0; i < OPTIONS; i++) {
        if ((given & (1u << i)) && !(options_table[i].words & (1u << options->word))) {
            return ingot_fail(error, INGOT_USAGE, "%s is not an option of '%s'",
                              options_table[i].name, words[options->word].name);
        }
    }
    return options->help ? INGOT_OK : check_arguments(options, error);
}

/* ------------------------------------------------------------------ help */

/* The options whose set of words is all words (`common`) or holds `word` among some. */
static void help_options(FILE *to, int common, unsigned word) {
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option *o = &options_table[i];
        if (common ? o->words != EVERY : o->words == EVERY || !(o->words & word)) continue;
        char left[32];
        snprintf(left, sizeof left, "%s%s%s", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        fprintf(to, "  %-16s %s\n", left, o->text);
    }
}

static int has_own_options(ingot_word word) {
    for (size_t i = 0; i < OPTIONS; i++) {
        if (options_table[i].words != EVERY && (options_table[i].words & (1u << word))) return 1;
    }
    return 0;
}

static void help_all(FILE *to, const char *program, const char *name) {
    fprintf(to,
            "%s: one experiment in one executable, built by Ingot.\n\n"
            "Usage: %s [WORD] [OPTIONS]\n\nWords:\n",
            name, program);
    for (int w = 0; w < INGOT_WORDS; w++) {
        fprintf(to, "  %-16s %s\n", words[w].name, words[w].summary);
    }
    fputs("\nOptions of every word:\n", to);
    help_options(to, 1, 0);
    fprintf(to,
            "\n'%s WORD --help' tells more about a word.\n\n"
            "Exit codes: 0 good, 1 failed or interrupted, 2 usage, 3 gate not met,\n"
            "4 data does not match the lock, 5 CPU or library does not match.\n",
            program);
}

void ingot_help(FILE *to, const char *program, const char *name, ingot_word word) {
    if (word == INGOT_WORDS) {
        help_all(to, program, name);
        return;
    }
    const struct word *w = &words[word];
    fprintf(to, "Usage: %s %s%s%s [OPTIONS]\n\n%s\n", program, w->name, w->arguments ? " " : "",
            w->arguments ? w->arguments : "", w->text);
    if (has_own_options(word)) {
        fprintf(to, "Options of %s:\n", w->name);
        help_options(to, 0, 1u << word);
        fputc('\n', to);
    }
    fputs("Options of every word:\n", to);
    help_options(to, 1, 0);
}
