#!/bin/sh
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# Fetches the data sets of the shipped specs: Debian packages, downloaded and unpacked under data/,
# not installed; no root needed. A second call downloads nothing and changes nothing.
#
#   data/fashion-mnist/*.gz          Fashion-MNIST (Xiao et al. 2017), MIT licence
#   data/voices/{en,es,fr,it,ru}/    Asterisk voice prompts, 8 kHz mono WAV, one voice per language
#   data/tables/*.csv                iris, breast_cancer, diabetes: tables that scikit-learn ships (BSD), with
#                                    a line of names before the rows
#   data/topics/{games,graphics,mail,net,science,sound}/*.txt
#                                    descriptions of Debian's packages by section, one per source package and
#                                    section, at most 500 of a section; each under its package's licence
#   data/.cache/*.deb                the packages, as downloaded
set -eu
cd "$(dirname "$0")/.."

say() { echo "data: $*"; }
die() {
    echo "data: $*" >&2
    exit 1
}

cache=data/.cache
mkdir -p "$cache"

# package, version, SHA-256 of the .deb: the data the locks of specs/ were made from
packages='
dataset-fashion-mnist 0.0~git20200523.55506a9-1 39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0
asterisk-core-sounds-en-wav 1.6.1-1 2be3ea287d83299d143815fa804f11179a75b7affd4a758b98b55f5afc18a35d
asterisk-core-sounds-es-wav 1.6.1-1 9283a09a6d56fccdcc2bcfe86c48f0f844289cfbd46a3184d8785a6f7f569903
asterisk-core-sounds-fr-wav 1.6.1-1 8d4e1bc32ed5ba7fbda40841ca1825ed20cc6232724a473c90f8bb0e53e6073e
asterisk-core-sounds-it-wav 1.6.1-1 5a26638089e134b8ac39363fe249c5c93c50cd8bfdc9b2499ae61ec4a35e2fcb
asterisk-core-sounds-ru-wav 1.6.1-1 ccbfaebfa450b7a9ddf644ae0f3d1e9017d5df7c0aebe816e946345589d38201
python3-sklearn 1.2.1+dfsg-1 ca0c6be401d14871c7e93cfdd8d1f561595dc65e6e2ad2501d568aee7f7efc58
'

# file in the cache that has the digest, or nothing
cached() {
    for file in "$cache/$1"_*.deb; do
        [ -f "$file" ] || continue
        if printf '%s  %s\n' "$2" "$file" | sha256sum --check --status -; then
            echo "$file"
            return
        fi
    done
}

download() { # package=version ... into the cache
    # apt-get drops root for downloads and must be able to write to the folder: give it one of its own
    folder=$(mktemp -d)
    chmod 755 "$folder"
    [ "$(id -u)" != 0 ] || ! id _apt >/dev/null 2>&1 || chown _apt "$folder"
    log=$folder.log
    if ! (cd "$folder" && apt-get download "$@" >"$log" 2>&1); then
        say "updating the package lists"
        if [ "$(id -u)" = 0 ]; then
            apt-get update -qq
        elif command -v sudo >/dev/null 2>&1; then
            sudo apt-get update -qq
        fi
        (cd "$folder" && apt-get download "$@" >"$log" 2>&1) || {
            cat "$log" >&2
            rm -rf "$folder" "$log"
            die "apt-get could not download $*"
        }
    fi
    mv "$folder"/*.deb "$cache/"
    rm -rf "$folder" "$log"
}

missing=
while read -r package version digest; do
    [ -n "$package" ] || continue
    [ -n "$(cached "$package" "$digest")" ] || missing="$missing $package=$version"
done <<EOF
$packages
EOF

if [ -n "$missing" ]; then
    say "downloading$missing"
    # shellcheck disable=SC2086
    download $missing
fi

# unpack PACKAGE DIGEST SOURCE TARGET: the folder SOURCE of the package becomes TARGET, all or nothing
unpack() {
    stamp=$cache/$(echo "$4" | tr / _).from
    if [ -d "$4" ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$2" ]; then return; fi
    deb=$(cached "$1" "$2")
    [ -n "$deb" ] || die "$1: the package that came is not the one the locks were made from (SHA-256 $2)"
    folder=$cache/unpack
    rm -rf "$folder"
    mkdir -p "$folder" "$(dirname "$4")"
    dpkg-deb -x "$deb" "$folder"
    [ -d "$folder/$3" ] || die "$1: no folder $3 in it"
    rm -rf "$4"
    mv "$folder/$3" "$4"
    rm -rf "$folder"
    echo "$2" >"$stamp"
    say "$4: $(find "$4" -type f | wc -l) files"
}

sha() { echo "$packages" | awk -v p="$1" '$1 == p { print $3 }'; }

unpack dataset-fashion-mnist "$(sha dataset-fashion-mnist)" usr/share/datasets/fashion-mnist data/fashion-mnist
sounds=usr/share/asterisk/sounds
for pair in en:en_US_f_Allison es:es_MX_f_Allison fr:fr_CA_f_June it:it_IT_m_Carlo ru:ru_RU_f_IvrvoiceRU; do
    language=${pair%%:*}
    package=asterisk-core-sounds-$language-wav
    unpack "$package" "$(sha "$package")" "$sounds/${pair#*:}" "data/voices/$language"
done

# The package's files have no names of columns: iris and breast_cancer begin with a line of counts, the
# rows and the target of diabetes are two files.
tables() {
    from=data/.cache/sklearn-tables to=data/.cache/tables
    unpack python3-sklearn "$(sha python3-sklearn)" usr/lib/python3/dist-packages/sklearn/datasets/data "$from"
    stamp=data/.cache/tables.from
    if [ -d data/tables ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$(sha python3-sklearn)" ]; then return; fi
    rm -rf "$to"
    mkdir -p "$to"
    awk -F, 'NR == 1 { print "sepal length,sepal width,petal length,petal width,species"; next }
        { print $1 "," $2 "," $3 "," $4 "," ($5 == 0 ? "setosa" : $5 == 1 ? "versicolor" : "virginica") }' \
        "$from/iris.csv" >"$to/iris.csv"
    awk -F, 'NR == 1 {
            n = split("radius texture perimeter area smoothness compactness concavity points symmetry fractal", of, " ")
            m = split("mean error worst", what, " ")
            for (w = 1; w <= m; w++) for (i = 1; i <= n; i++) printf "%s %s,", what[w], of[i]
            print "diagnosis"
            next
        }
        { sub(/,[01]$/, $31 == 0 ? ",malignant" : ",benign"); print }' \
        "$from/breast_cancer.csv" >"$to/breast_cancer.csv"
    gzip -dc "$from/diabetes_data_raw.csv.gz" | tr ' ' ',' >"$to/rows"
    gzip -dc "$from/diabetes_target.csv.gz" | awk '{ print $1 + 0 }' >"$to/target"
    {
        echo "age,sex,bmi,bp,s1,s2,s3,s4,s5,s6,progression"
        paste -d , "$to/rows" "$to/target"
    } >"$to/diabetes.csv"
    rm "$to/rows" "$to/target"
    rm -rf data/tables
    mv "$to" data/tables
    sha python3-sklearn >"$stamp"
    say "data/tables: 3 files"
}
tables

# Descriptions are in no package but in the archive's lists, which apt fetches into a folder of its own. They
# change a little with each point release of Debian 12; then the locks of the topics are to be written again.
topics_digest=f604c0c05087813f70fe5d22f4d65a357f24c11c7cc1888c69b601141b323795
topics() {
    if [ -d data/topics ]; then return; fi
    say "fetching the descriptions of Debian's packages"
    folder=$(mktemp -d)
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
    apt-get update -qq -o Dir::State::lists="$folder/lists" -o Dir::Cache="$folder/cache" -o Acquire::Languages=en \
        -o APT::Sandbox::User="$(id -un)" >"$folder/log" 2>&1 || {
        cat "$folder/log" >&2
        die "apt-get could not fetch the package lists"
    }
    list() { # what its name ends with
        for file in "$folder"/lists/*_dists_bookworm_main_"$1"*; do
            [ -f "$file" ] || die "the sources of apt have no list $1 of Debian 12 (bookworm, main)"
            /usr/lib/apt/apt-helper cat-file "$file"
            return
        done
    }
    list binary-amd64_Packages | awk '
        /^Package: / { package = $2; source = $2 }
        /^Source: / { source = $2 }
        /^Section: / { section = $2 }
        /^$/ { print section, source, package }' |
        grep -E '^(games|graphics|mail|net|science|sound) ' | LC_ALL=C sort | awk '
        $1 " " $2 == last { next }
        { last = $1 " " $2; if (++count[$1] <= 500) print }' >"$folder/chosen"
    to=data/.cache/topics
    rm -rf "$to"
    for topic in games graphics mail net science sound; do mkdir -p "$to/$topic"; done
    list i18n_Translation-en | awk -v to="$to" -v chosen="$folder/chosen" '
        BEGIN { while ((getline line <chosen) > 0) { split(line, of, " "); file[of[3]] = of[1] "/" of[2] } }
        /^Package: / { package = $2 }
        /^Description-en: / {
            inside = package in file && !(package in done)
            done[package] = 1
            if (inside) name = to "/" file[package] ".txt"
            sub(/^Description-en: /, " ")
        }
        /^$/ { if (inside) close(name); inside = 0 }
        inside { sub(/^ /, ""); print ($0 == "." ? "" : $0) >name }'
    rm -rf data/topics "$folder"
    mv "$to" data/topics
    say "data/topics: $(find data/topics -type f | wc -l) files"
    is=$(cd data/topics && find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d ' ' -f 1)
    [ "$is" = "$topics_digest" ] || say "data/topics: not the archive that specs/topics_*.lock were written from" \
        "($is): write them again (lua build.lua lock specs/topics_mlp.lua)"
}
topics
