#!/usr/bin/env bash
# kubectl describe sorts Events by lastTimestamp. Events of events.k8s.io/v1 must not have one, so describe leaves them in
# the order of the list, which is that of their names. A reporter whose names are random has its story told in any
# order. (kubectl events sorts the same Events by eventTime.)
# Seen with: k8s.io/kubectl v0.36.3, Go 1.26.8. Needs Go. Output:
#   describe: granted, approved, requested
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
cat > main.go <<'GO'
package main

import (
	"fmt"
	"sort"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/event"
)

// As the API server lists them: by name.
func listed() []corev1.Event {
	at := func(reason string, seconds int) corev1.Event {
		return corev1.Event{Reason: reason, EventTime: metav1.NewMicroTime(time.Unix(int64(seconds), 0))}
	}
	return []corev1.Event{at("granted", 3), at("approved", 2), at("requested", 1)}
}

func main() {
	all := listed()
	sort.Sort(event.SortableEvents(all))
	var reasons []string
	for _, one := range all {
		reasons = append(reasons, one.Reason)
	}
	fmt.Println("describe: " + strings.Join(reasons, ", "))
}
GO
(go mod init look && go get k8s.io/kubectl@v0.36.3 && go mod tidy && go build -o look .) >/dev/null 2>&1
seen=$(./look)
echo "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
