{{- define "whereof.name" -}}
{{- printf "%s-%s" .Release.Name "whereof" | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{- define "whereof.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end -}}
{{- end }}

{{- define "whereof.selector" -}}
app.kubernetes.io/name: whereof
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "whereof.labels" -}}
{{ include "whereof.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "whereof.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "whereof.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 10001
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "whereof.claim" -}}
{{- .Values.data.existingClaim | default (printf "%s-data" (include "whereof.name" .)) -}}
{{- end }}

{{/* The address of the database for the role that serves. */}}
{{- define "whereof.databaseEnv" -}}
{{- if .Values.database.cluster.enabled }}
- name: WHEREOF_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ printf "%s-db-app" (include "whereof.name" .) }}
      key: uri
{{- else }}
- name: WHEREOF_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .Values.database.existingSecret }}
      key: {{ .Values.database.key }}
{{- end }}
{{- end }}

{{- define "whereof.migrateEnv" -}}
{{- if .Values.database.cluster.enabled }}
{{- include "whereof.databaseEnv" . }}
{{- else }}
- name: WHEREOF_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .Values.database.migrateSecret | default .Values.database.existingSecret }}
      key: {{ .Values.database.migrateKey }}
{{- end }}
{{- end }}

{{/* What would come up and then lose something, or serve nobody, is refused before anything is made. */}}
{{- define "whereof.refuse" -}}
{{- $many := or (gt (int .Values.replicas) 1) .Values.autoscaling.enabled -}}
{{- if and $many (not (has "ReadWriteMany" .Values.data.accessModes)) -}}
{{- fail "more than one API process: data.accessModes must hold ReadWriteMany, for the key ring and the heads are files" -}}
{{- end -}}
{{- if and .Values.database.cluster.enabled .Values.database.existingSecret -}}
{{- fail "database: either existingSecret or cluster.enabled, not both" -}}
{{- end -}}
{{- if not (or .Values.database.cluster.enabled .Values.database.existingSecret) -}}
{{- fail "database: name existingSecret, or set cluster.enabled" -}}
{{- end -}}
{{- if not .Values.access.existingSecret -}}
{{- fail "access.existingSecret: without access.json the service listens on loopback only, and no other pod would reach it" -}}
{{- end -}}
{{- if and .Values.witness.enabled (not .Values.witness.policy) -}}
{{- fail "witness.policy: name the logs to cosign" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not (and .Values.ingress.host .Values.ingress.tlsSecret)) -}}
{{- fail "ingress: host and tlsSecret are needed; people sign in through it" -}}
{{- end -}}
{{- end }}
