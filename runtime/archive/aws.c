/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * aws.c: see aws.h. The files are INI files, read by inih.
 */
#include "archive/aws.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

typedef struct reading {
    ingot_aws *aws;
    const char *profile;
    char services[128]; /* the section [services NAME] that the profile points at */
    int is_config;
    int too_long;
} reading;

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static int copy(char *to, size_t room, const char *text) {
    const size_t length = strlen(text);
    if (length >= room) return 1;
    memcpy(to, text, length + 1);
    return 0;
}

static int is_profile(const reading *r, const char *section) {
    if (r->is_config && strcmp(r->profile, "default") != 0) {
        return strncmp(section, "profile ", 8) == 0 && strcmp(section + 8, r->profile) == 0;
    }
    return strcmp(section, r->profile) == 0 ||
           (r->is_config && strcmp(section, "profile default") == 0);
}

/* "8MB", "64KB" or a number of bytes, as AWS's tools take them: powers of 1024. */
static size_t bytes_of(const char *text) {
    char *end;
    const unsigned long long number = strtoull(text, &end, 10);
    if (strncasecmp(end, "KB", 2) == 0) return (size_t)number << 10;
    if (strncasecmp(end, "MB", 2) == 0) return (size_t)number << 20;
    if (strncasecmp(end, "GB", 2) == 0) return (size_t)number << 30;
    return (size_t)number;
}

/* "name = value" below "s3 =", which inih gives as a further value of s3. */
static void take_nested(reading *r, const char *line) {
    const size_t length = strcspn(line, " \t=");
    const char *value = line + length + strspn(line + length, " \t=");
    if (length == 12 && strncmp(line, "endpoint_url", length) == 0) {
        r->too_long |= copy(r->aws->endpoint, sizeof r->aws->endpoint, value);
    } else if (length == 19 && strncmp(line, "multipart_chunksize", length) == 0) {
        r->aws->part = bytes_of(value);
    }
}

static int take(void *user, const char *section, const char *name, const char *value) {
    reading *r = user;
    ingot_aws *aws = r->aws;
    if (r->is_config && r->services[0] && strncmp(section, "services ", 9) == 0 &&
        strcmp(section + 9, r->services) == 0 && strcmp(name, "s3") == 0) {
        take_nested(r, value);
    }
    if (!is_profile(r, section)) return 1;
    if (r->is_config && strcmp(name, "s3") == 0) take_nested(r, value);
    if (strcmp(name, "aws_access_key_id") == 0) {
        r->too_long |= copy(aws->access_key, sizeof aws->access_key, value);
    } else if (strcmp(name, "aws_secret_access_key") == 0) {
        r->too_long |= copy(aws->secret_key, sizeof aws->secret_key, value);
    } else if (strcmp(name, "aws_session_token") == 0) {
        r->too_long |= copy(aws->session_token, sizeof aws->session_token, value);
    } else if (strcmp(name, "region") == 0) {
        r->too_long |= copy(aws->region, sizeof aws->region, value);
    } else if (strcmp(name, "endpoint_url") == 0) {
        r->too_long |= copy(aws->endpoint, sizeof aws->endpoint, value);
    } else if (strcmp(name, "ca_bundle") == 0) {
        r->too_long |= copy(aws->ca_bundle, sizeof aws->ca_bundle, value);
    } else if (strcmp(name, "services") == 0) {
        r->too_long |= copy(r->services, sizeof r->services, value);
    } else if (strcmp(name, "max_attempts") == 0) {
        aws->attempts = (int)strtol(value, NULL, 10);
    }
    return 1;
}

/* Where a file is: the variable, else below the home folder. "": nowhere. */
static void file_path(const char *name, const char *below_home, char *path, size_t room) {
    const char *given = variable(name), *home = variable("HOME");
    path[0] = 0;
    if (given) {
        snprintf(path, room, "%s", given);
    } else if (home) {
        snprintf(path, room, "%s/%s", home, below_home);
    }
}

static ingot_status read_file(const char *path, reading *r, ingot_error *error) {
    if (!path[0] || (access(path, F_OK) != 0 && errno == ENOENT)) return INGOT_OK;
    FILE *file = fopen(path, "re");
    if (!file) return ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(errno));
    const int line = ini_parse_file(file, take, r);
    fclose(file);
    if (line > 0) {
        return ingot_fail(error, INGOT_FAILED, "%s:%d: neither [section] nor name = value", path,
                          line);
    }
    if (line < 0 || r->too_long) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot be read, or a value is too long", path);
    }
    return INGOT_OK;
}

static ingot_status take_variables(ingot_aws *aws, ingot_error *error) {
    const char *key = variable("AWS_ACCESS_KEY_ID"), *secret = variable("AWS_SECRET_ACCESS_KEY");
    const char *token = variable("AWS_SESSION_TOKEN"), *attempts = variable("AWS_MAX_ATTEMPTS");
    const char *region = variable("AWS_REGION"), *endpoint = variable("AWS_ENDPOINT_URL_S3");
    const char *bundle = variable("AWS_CA_BUNDLE");
    int too_long = 0;
    if (!region) region = variable("AWS_DEFAULT_REGION");
    if (!endpoint) endpoint = variable("AWS_ENDPOINT_URL");
    if ((key == NULL) != (secret == NULL)) {
        return ingot_fail(
            error, INGOT_FAILED,
            "no credentials: of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only %s is "
            "set",
            key ? "the first" : "the second");
    }
    if (key) {
        too_long |= copy(aws->access_key, sizeof aws->access_key, key);
        too_long |= copy(aws->secret_key, sizeof aws->secret_key, secret);
        too_long |= copy(aws->session_token, sizeof aws->session_token, token ? token : "");
        snprintf(aws->source, sizeof aws->source, "AWS_ACCESS_KEY_ID");
    }
    if (region) too_long |= copy(aws->region, sizeof aws->region, region);
    if (endpoint) too_long |= copy(aws->endpoint, sizeof aws->endpoint, endpoint);
    if (bundle) too_long |= copy(aws->ca_bundle, sizeof aws->ca_bundle, bundle);
    if (attempts) aws->attempts = (int)strtol(attempts, NULL, 10);
    if (!too_long) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "a variable AWS_… is longer than it may be");
}

static ingot_status check(ingot_aws *aws, ingot_error *error) {
    if (aws->attempts < 1 || aws->attempts > 100) {
        return ingot_fail(error, INGOT_FAILED,
                          "AWS_MAX_ATTEMPTS: a number from 1 to 100 is wanted");
    }
    if (aws->part < 1024 || aws->part > (size_t)5 << 30) {
        return ingot_fail(error, INGOT_FAILED,
                          "multipart_chunksize: a size from 1KB to 5GB is wanted");
    }
    if (aws->endpoint[0] && strncmp(aws->endpoint, "http://", 7) != 0 &&
        strncmp(aws->endpoint, "https://", 8) != 0) {
        return ingot_fail(error, INGOT_FAILED,
                          "AWS_ENDPOINT_URL: `%s` does not begin with http:// or https://",
                          aws->endpoint);
    }
    for (size_t n = strlen(aws->endpoint); n > 0 && aws->endpoint[n - 1] == '/'; n--) {
        aws->endpoint[n - 1] = 0;
    }
    if (strpbrk(aws->access_key, "\r\n/ ") || strpbrk(aws->session_token, "\r\n ") ||
        strpbrk(aws->region, "\r\n/ ")) {
        return ingot_fail(error, INGOT_FAILED,
                          "credentials of %s: a character that cannot be there", aws->source);
    }
    return INGOT_OK;
}

ingot_status ingot_aws_configure(ingot_aws *aws, ingot_error *error) {
    char credentials[400], config[400];
    const char *profile = variable("AWS_PROFILE");
    memset(aws, 0, sizeof *aws);
    aws->attempts = 5;
    aws->part = (size_t)8 << 20;
    snprintf(aws->region, sizeof aws->region, "us-east-1");
    if (!profile) profile = variable("AWS_DEFAULT_PROFILE");
    reading r = {.aws = aws, .profile = profile ? profile : "default", .is_config = 1};
    file_path("AWS_CONFIG_FILE", ".aws/config", config, sizeof config);
    file_path("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", credentials, sizeof credentials);
    ingot_status status = read_file(config, &r, error);
    if (status == INGOT_OK && r.services[0]) status = read_file(config, &r, error); /* now known */
    r.is_config = 0;
    if (status == INGOT_OK) status = read_file(credentials, &r, error);
    if (status != INGOT_OK) return status;
    snprintf(aws->source, sizeof aws->source, "profile `%.60s`", r.profile);
    status = take_variables(aws, error);
    if (status != INGOT_OK) return status;
    if (!aws->access_key[0] || !aws->secret_key[0]) {
        return ingot_fail(error, INGOT_FAILED,
                          "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put "
                          "them under [%s] into %s",
                          r.profile, credentials[0] ? credentials : "~/.aws/credentials");
    }
    return check(aws, error);
}
