/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * aside.c: see aside.h.
 *
 * A run is taken over within one transaction of runs.db and known by its id: a process that is
 * killed between the transaction and the removal of the file leaves a file whose run is there
 * already, and taking it over again changes nothing.
 */
#include "track/aside.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static const char prefix[] = "runs-aside-";

char *ingot_aside_path(const char *work, const char *id, const char *end) {
    char name[64];
    snprintf(name, sizeof name, "%s%.32s%s", prefix, id, end);
    return ingot_join(work, name);
}

/* What a file set aside is poured in with. `here` is the run's number in runs.db, `there` in the
 * file. A run that was begun in runs.db has its row there; one that had finished keeps its end. */
static const char *const pour[] = {
    "INSERT OR IGNORE INTO main.experiments (name) SELECT name FROM aside.experiments",
    "INSERT OR IGNORE INTO main.texts SELECT * FROM aside.texts",
    "INSERT OR IGNORE INTO main.runs (id, experiment, name, stamp, word, threads, status, cause,"
    " exit_code, started, ended, seen, attempts, pid, process, spec, manifest, lock, data, folder,"
    " features, steps) SELECT r.id, e.number, r.name, r.stamp, r.word, r.threads, r.status, "
    "r.cause,"
    " r.exit_code, r.started, r.ended, r.seen, r.attempts, r.pid, r.process, r.spec, r.manifest,"
    " r.lock, r.data, r.folder, r.features, r.steps FROM aside.runs AS r"
    " JOIN aside.experiments AS n ON n.number = r.experiment"
    " JOIN main.experiments AS e ON e.name = n.name",
    "CREATE TEMP TABLE poured AS SELECT a.number AS there, m.number AS here FROM aside.runs AS a"
    " JOIN main.runs AS m ON m.id = a.id",
    "UPDATE main.runs SET (status, cause, exit_code, ended, seen) ="
    " (SELECT a.status, a.cause, a.exit_code, a.ended, a.seen FROM aside.runs AS a"
    " WHERE a.id = main.runs.id) WHERE status IN ('running', 'killed')"
    " AND id IN (SELECT id FROM aside.runs WHERE status <> 'running')",
    "INSERT OR IGNORE INTO main.parameters SELECT p.here, t.name, t.value FROM aside.parameters t"
    " JOIN poured p ON p.there = t.run",
    "INSERT OR IGNORE INTO main.environment SELECT p.here, t.name, t.value FROM aside.environment t"
    " JOIN poured p ON p.there = t.run",
    "INSERT OR IGNORE INTO main.tags SELECT p.here, t.name, t.value FROM aside.tags t"
    " JOIN poured p ON p.there = t.run",
    "INSERT OR IGNORE INTO main.metrics (run, name, step, time, value) SELECT p.here, t.name,"
    " t.step, t.time, t.value FROM aside.metrics t JOIN poured p ON p.there = t.run"
    " ORDER BY t.number",
    "INSERT OR IGNORE INTO main.stages SELECT p.here, t.attempt, t.name, t.seconds"
    " FROM aside.stages t JOIN poured p ON p.there = t.run",
    "INSERT OR REPLACE INTO main.inputs SELECT p.here, t.name, t.source, t.digest"
    " FROM aside.inputs t JOIN poured p ON p.there = t.run",
    "INSERT OR REPLACE INTO main.artifacts SELECT p.here, t.name, t.path, t.sha256, t.bytes"
    " FROM aside.artifacts t JOIN poured p ON p.there = t.run",
    "INSERT OR IGNORE INTO main.mlflow SELECT p.here, t.url, t.experiment FROM aside.mlflow t"
    " JOIN poured p ON p.there = t.run",
    "DROP TABLE poured",
};

static ingot_status pour_in(ingot_db *db, ingot_error *error) {
    ingot_status status = ingot_db_do(db, error, "BEGIN IMMEDIATE", "");
    if (status != INGOT_OK) return status;
    for (size_t i = 0; status == INGOT_OK && i < sizeof pour / sizeof *pour; i++) {
        status = ingot_db_do(db, error, pour[i], "");
    }
    if (status == INGOT_OK) status = ingot_db_do(db, error, "COMMIT", "");
    if (status != INGOT_OK) sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static ingot_status take_over(ingot_db *db, const char *path, ingot_error *error) {
    ingot_error aside;
    ingot_db file;
    /* Brings its tables up to date, and finds out whether it can be read at all. */
    if (ingot_db_open(path, INGOT_DB_WRITE, 100, &file, &aside) != INGOT_OK) return INGOT_OK;
    ingot_db_close(&file);
    ingot_status status = ingot_db_do(db, error, "ATTACH DATABASE ? AS aside", "s", path);
    if (status != INGOT_OK) return status;
    status = pour_in(db, error);
    sqlite3_exec(db->handle, "DETACH DATABASE aside", NULL, NULL, NULL);
    if (status == INGOT_OK) unlink(path);
    return status;
}

ingot_status ingot_aside_gather(ingot_db *db, const char *work, ingot_error *error) {
    ingot_status status = INGOT_OK;
    DIR *folder = opendir(*work ? work : ".");
    if (!folder) return INGOT_OK;
    const struct dirent *entry;
    while (status == INGOT_OK && (entry = readdir(folder)) != NULL) {
        const size_t length = strlen(entry->d_name);
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) != 0 || length < 4 ||
            strcmp(entry->d_name + length - 3, ".db") != 0) {
            continue;
        }
        char *path = ingot_join(work, entry->d_name);
        status =
            path ? take_over(db, path, error) : ingot_fail(error, INGOT_FAILED, "out of memory");
        free(path);
    }
    closedir(folder);
    return status;
}
