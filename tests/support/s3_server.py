# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# A real S3 service that checks signatures, for tests: OpenStack Swift with its s3api, on one machine.
#
#   python3 s3_server.py FOLDER    data and configuration go below FOLDER
#
# Writes FOLDER/ready (JSON: endpoint, key, secret, bucket, storage, token, pid) when it answers and has a
# bucket, and ends with its servers when standard input does. Needs the packages of
# scripts/test_services.sh, and a file system with extended attributes.
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

folder = os.path.abspath(sys.argv[1])
KEY, SECRET = "ingot:tester", "a-secret/with+signs="
children = []


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def write(name, text):
    with open(os.path.join(folder, name), "w") as f:
        f.write(text)


def start(words):
    log = open(os.path.join(folder, os.path.basename(words[0]) + ".log"), "w")
    children.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log))


def stop(*_):
    for child in children:
        child.kill()
    os._exit(0)


def configure(ports):
    proxy, cache = ports[3], ports[4]
    os.makedirs(os.path.join(folder, "node", "d1"), exist_ok=True)
    write("swift.conf", "[swift-hash]\nswift_hash_path_suffix = a\nswift_hash_path_prefix = b\n")
    for kind, port in zip(("object", "container", "account"), ports):
        builder = os.path.join(folder, kind + ".builder")
        for words in (["create", "4", "1", "0"], ["add", "r1z1-127.0.0.1:%d/d1" % port, "1"], ["rebalance"]):
            subprocess.run(["swift-ring-builder", builder] + words, check=True, stdout=subprocess.DEVNULL)
        write(kind + ".conf", f"""[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
user = {os.environ.get("USER") or "root"}
swift_dir = {folder}
devices = {folder}/node
mount_check = false
workers = 0
log_level = ERROR
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
""")
    write("proxy.conf", f"""[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {proxy}
user = {os.environ.get("USER") or "root"}
swift_dir = {folder}
workers = 0
log_level = ERROR
[pipeline:main]
pipeline = catch_errors cache s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_{KEY.replace(":", "_")} = {SECRET} .admin
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
min_segment_size = 1
[filter:slo]
use = egg:swift#slo
[filter:bulk]
use = egg:swift#bulk
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{cache}
""")


def main():
    os.makedirs(folder, exist_ok=True)
    signal.signal(signal.SIGTERM, stop)
    ports = free_ports(5)
    configure(ports)
    start(["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(ports[4])])
    for kind in ("object", "container", "account", "proxy"):
        start(["swift-%s-server" % kind, os.path.join(folder, kind + ".conf")])
    endpoint = "http://127.0.0.1:%d" % ports[3]
    deadline = time.time() + 120
    while True:
        try:
            request = urllib.request.Request(endpoint + "/auth/v1.0", headers={
                "X-Storage-User": KEY, "X-Storage-Pass": SECRET})
            with urllib.request.urlopen(request, timeout=5) as answer:
                storage, token = answer.headers["X-Storage-Url"], answer.headers["X-Auth-Token"]
            urllib.request.urlopen(urllib.request.Request(storage + "/bucket", method="PUT", headers={
                "X-Auth-Token": token}), timeout=10).close()
            break
        except OSError as why:
            if time.time() > deadline:
                print("the servers do not answer:", why, file=sys.stderr)
                stop()
            time.sleep(0.3)
    write("ready.tmp", json.dumps({"endpoint": endpoint, "key": KEY, "secret": SECRET, "bucket": "bucket",
                                   "storage": storage, "token": token, "pid": os.getpid()}))
    os.rename(os.path.join(folder, "ready.tmp"), os.path.join(folder, "ready"))
    sys.stdin.read()
    stop()


main()
