#!/bin/bash
# SPDX-License-Identifier: MIT
# fleet.t - several machines in Prometheus: their histograms added up, rules, the dashboard
#
# Debian's Prometheus scrapes three of its node_exporters on loopback, whose textfile collectors have the
# figures of two recorded machines, and of a camera that loses frames. `make fleet-programs` gets the
# programs, which are not installed: nothing is started by them but here. It takes 15 seconds.
#
# Most functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/runs.sh"

PATH=$PWD/${BUILD:-build}/fleet:$PATH
rules=fleet/vpipe.rules.yml
rules_test=tests/fixtures/vpipe.rules.test.yml

for program in prometheus promtool prometheus-node-exporter; do
	command -v $program >/dev/null && continue
	echo "1..0 # SKIP $program is not there: make fleet-programs"
	exit
done

# --- rules by themselves
check "rules are well-formed" promtool check rules $rules
check "each alert fires when it must, and not else" promtool test rules $rules_test
every_alert() { # is tried where it fires, and where it does not
	local alert
	sed -n 's/.*- alert: //p' $rules | while read -r alert; do
		grep -A 1 "alertname: $alert\$" $rules_test | grep -q exp_alerts &&
			grep -q "alertname: $alert}" $rules_test || return
	done
}
check "none is left out" every_alert
broken() { # NAME SED: the tests of the rules see it
	mkdir -p "$tmp/broken/fleet" "$tmp/broken/tests/fixtures"
	cp $rules_test "$tmp/broken/tests/fixtures/"
	sed "$1" $rules >"$tmp/broken/$rules"
	! cmp -s $rules "$tmp/broken/$rules" && ! promtool test rules "$tmp/broken/$rules_test"
}
check "an alert that is wrong is seen" broken 's/> 300$/> 3000/'

# --- three machines, the first half of whose frames is there
make_run "$tmp/a-half" 500 --seed 1
make_run "$tmp/b-half" 350 --seed 2 --scale crc=3
make_run "$tmp/a-all" 1000 --seed 1
make_run "$tmp/b-all" 700 --seed 2 --scale crc=3
show() { # MACHINE RUN: what it tells from now on
	mkdir -p "$tmp/textfile/$1" &&
		vpipe-trace export "$2" --metrics -o "$tmp/textfile/$1/vpipe.prom"
}
check "figures of the machine a" show a "$tmp/a-half"
check "of b" show b "$tmp/b-half"
check "of c, a camera that loses frames" show c $runs/starved
lint() { # names with _total have their HELP without it, as OpenMetrics has it
	promtool check metrics <"$tmp/textfile/$1/vpipe.prom" >"$tmp/lint" 2>&1
	! grep -v '^vpipe_[a-z_]*_total no help text$' "$tmp/lint"
}
check "promtool finds nothing wrong with them" lint a
check "nor with the camera's" lint c
boundaries() { grep -o "^$1{.*le=[^}]*" "$2" | sed 's/.*le=//' | sort -u; }
same_boundaries() {
	local metric
	for metric in vpipe_frame_duration_seconds_bucket vpipe_stage_duration_seconds_bucket; do
		boundaries $metric "$tmp/textfile/a/vpipe.prom" >"$tmp/le" && [ -s "$tmp/le" ] &&
			boundaries $metric "$tmp/textfile/b/vpipe.prom" | cmp - "$tmp/le" &&
			boundaries $metric "$tmp/textfile/c/vpipe.prom" | cmp - "$tmp/le" || return
	done
}
check "buckets end at the same times everywhere" same_boundaries

read -r port_a port_b port_c port < <(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
print(*(s.getsockname()[1] for s in sockets))')
url=http://127.0.0.1:$port

# Whatever becomes of this shell, they end with it.
start() { setpriv --pdeathsig KILL "$@" >"$tmp/$(basename "$1").log" 2>&1 & }
export_machine() { # MACHINE PORT
	start prometheus-node-exporter --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$tmp/textfile/$1" --web.listen-address="127.0.0.1:$2"
}
export_machine a "$port_a"
export_machine b "$port_b"
export_machine c "$port_c"
cat >"$tmp/prometheus.yml" <<END
global: {scrape_interval: 2s, evaluation_interval: 1s}
rule_files: [$PWD/$rules]
scrape_configs:
  - job_name: vpipe
    static_configs:
      - {targets: ['127.0.0.1:$port_a'], labels: {instance: a}}
      - {targets: ['127.0.0.1:$port_b'], labels: {instance: b}}
      - {targets: ['127.0.0.1:$port_c'], labels: {instance: c}}
END
check "the configuration" promtool check config "$tmp/prometheus.yml"
start prometheus --config.file="$tmp/prometheus.yml" --storage.tsdb.path="$tmp/data" \
	--web.listen-address="127.0.0.1:$port"

until_it_gives() { tests/check-fleet "$url" --until "$1"; }
frames='sum(last_over_time(vpipe_frame_duration_seconds_count{instance=~"a|b"}[5m]))'
check "Prometheus has them" until_it_gives "$frames == 850"
check "a's other half comes" show a "$tmp/a-all"
check "and b's" show b "$tmp/b-all"
check "it is seen" until_it_gives "$frames == 1700"
check "and so are rates of it" until_it_gives 'vpipe:cost_seconds:share5m > 0'
each_claim fleet tests/check-fleet "$url" "$tmp/a-all" "$tmp/b-all"

# --- what merge says without an engine is the same
merged() { # percentiles within the errors of the buckets of both
	vpipe-trace merge --json "$tmp/a-all" "$tmp/b-all" >"$tmp/merged" && python3 - "$tmp/merged" "$url" <<-'END'
		import json, sys, urllib.parse, urllib.request
		e2e = json.load(open(sys.argv[1]))["all"]["e2e"]
		for p in 50, 95, 99:
		    query = f'histogram_quantile({p / 100}, sum by (le) (last_over_time(vpipe_frame_duration_seconds_bucket{{instance=~"a|b"}}[5m])))'
		    url = f"{sys.argv[2]}/api/v1/query?" + urllib.parse.urlencode({"query": query})
		    told = float(json.load(urllib.request.urlopen(url))["data"]["result"][0]["value"][1])
		    assert abs(told * 1e9 / e2e[f"p{p}_ns"] - 1) < 0.018 + 0.008, (p, told, e2e)
	END
}
check "merge says the same without it" merged

gone() {
	local jobs
	mapfile -t jobs < <(jobs -p)
	kill "${jobs[@]}" && wait
	! pgrep -f "$tmp/(prometheus.yml|textfile)"
}
check "nothing is left running" gone
finish
