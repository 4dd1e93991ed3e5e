{{/* The names and texts that several templates use. */}}

{{- define "hallpass.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}{{ else }}{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}

{{- define "hallpass.labels" -}}
app.kubernetes.io/part-of: hallpass
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* The file config.yaml of the processes. */}}
{{- define "hallpass.config" -}}
{{- $names := dict "systemNamespace" .Release.Namespace "tokenNamespace" .Values.tokenNamespace -}}
{{- $namespaces := dict "namespaces" (ternary (list) .Values.namespaces .Values.allNamespaces) -}}
{{- toYaml (merge $names $namespaces .Values.config) -}}
{{- end -}}

{{/* A changed setting makes another ConfigMap, so that it rolls the pods. */}}
{{- define "hallpass.configName" -}}
hallpass-config-{{ include "hallpass.config" . | sha256sum | trunc 10 }}
{{- end -}}

{{- define "hallpass.slackMode" -}}
{{- (.Values.config.slack | default dict).mode | default "http" -}}
{{- end -}}

{{- define "hallpass.groupsReader" -}}
{{- (.Values.config.google | default dict).groupsReader | default "" -}}
{{- end -}}

{{/* The processes that call the metadata server, for an identity at Google. */}}
{{- define "hallpass.callMetadata" -}}
{{- $names := list "auth" "controller" -}}
{{- if include "hallpass.groupsReader" . }}{{ $names = append $names "gateway" }}{{ end -}}
{{- if .Values.janitor.enabled }}{{ $names = append $names "janitor" }}{{ end -}}
[{{ join ", " $names }}]
{{- end -}}

{{- define "hallpass.host" -}}
{{- .Values.config.publicUrl | trimPrefix "https://" -}}
{{- end -}}

{{/* Two lists of the settings in CEL, for the policy on new requests. */}}
{{- define "hallpass.hostedDomains" -}}
{{- $domains := list -}}
{{- range .Values.config.hostedDomains }}{{ $domains = append $domains (printf "'%s'" .) }}{{ end -}}
[{{ join ", " $domains }}]
{{- end -}}

{{- define "hallpass.externalRequesters" -}}
{{- $requesters := list -}}
{{- range .Values.config.externalRequesters }}
{{- $requesters = append $requesters (printf "{'email': '%s', 'until': '%s'}" (lower .email) .until) }}
{{- end -}}
[{{ join ", " $requesters }}]
{{- end -}}

{{/* Where the pods may run. */}}
{{- define "hallpass.scheduling" -}}
{{- $pod := dict -}}
{{- with .Values.image.pullSecrets }}{{ $pod = set $pod "imagePullSecrets" . }}{{ end -}}
{{- with .Values.nodeSelector }}{{ $pod = set $pod "nodeSelector" . }}{{ end -}}
{{- with .Values.tolerations }}{{ $pod = set $pod "tolerations" . }}{{ end -}}
{{- with .Values.affinity }}{{ $pod = set $pod "affinity" . }}{{ end -}}
{{- with .Values.priorityClassName }}{{ $pod = set $pod "priorityClassName" . }}{{ end -}}
{{- if $pod }}{{ toYaml $pod }}{{ end -}}
{{- end -}}
