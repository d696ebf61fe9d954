# SPDX-License-Identifier: GPL-3.0-or-later
"""One application whose manifests state much of what the API server completes: probes, volumes, limits without requests, ports of every kind, and objects that are no workloads."""
import generate

SPACE = "fields"

# Written as people do: what has a default is left out, quantities are not in the form the server prints, numbers where strings are also taken.
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: full, namespace: fields, labels: {app: full}}
spec:
  selector: {matchLabels: {app: full}}
  strategy: {rollingUpdate: {maxSurge: 2}}
  template:
    metadata: {labels: {app: full}, annotations: {example.org/scrape: "true"}}
    spec:
      serviceAccountName: robot
      securityContext: {runAsNonRoot: true, runAsUser: 1000, fsGroup: 2000, sysctls: [{name: net.ipv4.ip_local_port_range, value: "1024 65535"}]}
      hostAliases: [{ip: 10.9.9.9, hostnames: [legacy]}]
      dnsConfig: {options: [{name: ndots, value: "2"}]}
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - {weight: 10, podAffinityTerm: {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: other}}}}
      topologySpreadConstraints:
      - {maxSkew: 5, topologyKey: example.org/rack, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: full}}}
      tolerations: [{key: example.org/noisy, operator: Exists}]
      imagePullSecrets: [{name: pull}]
      initContainers:
      - {name: prepare, image: busybox, command: [sh, -c, "true"], resources: {limits: {cpu: 0.1, memory: 64Mi}}, volumeMounts: [{name: scratch, mountPath: /scratch}]}
      - {name: mesh, image: registry.example.org/proxy@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, restartPolicy: Always, resources: {requests: {cpu: 50m, memory: 32Mi}}}
      containers:
      - name: server
        image: registry.example.org/full:latest
        ports: [{containerPort: 8080, name: http}, {containerPort: 8080, protocol: UDP, name: quic}, {containerPort: 9090}]
        env:
        - {name: PLAIN, value: "1"}
        - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
        - {name: CPUS, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
        - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
        envFrom: [{secretRef: {name: secret, optional: true}}]
        resources: {limits: {cpu: 0.2, memory: 128Mi, ephemeral-storage: 1024Mi}}
        livenessProbe: {httpGet: {port: http}}
        readinessProbe: {httpGet: {path: /ready, port: 8080, httpHeaders: [{name: X-Probe, value: "1"}]}, periodSeconds: 5}
        startupProbe: {tcpSocket: {port: 9090}, failureThreshold: 30}
        lifecycle: {preStop: {exec: {command: [sleep, "5"]}}, postStart: {httpGet: {port: 9090}}}
        securityContext: {capabilities: {drop: [ALL]}, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false}
        volumeMounts: [{name: scratch, mountPath: /scratch}, {name: settings, mountPath: /etc/app, readOnly: true}, {name: all, mountPath: /all}]
      - name: side
        image: registry.example.org/side:1.0
        livenessProbe: {grpc: {port: 9000}}
        readinessProbe: {exec: {command: ["true"]}, initialDelaySeconds: 0}
        resources: {requests: {cpu: 1000m, memory: 0.25Gi}, limits: {cpu: "1", memory: 262144Ki}}
      volumes:
      - {name: scratch, emptyDir: {}}
      - {name: memory, emptyDir: {medium: Memory, sizeLimit: 64Mi}}
      - {name: settings, configMap: {name: settings}}
      - {name: keys, secret: {secretName: secret, items: [{key: token, path: token}]}}
      - {name: host, hostPath: {path: /var/log}}
      - {name: down, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
      - {name: all, projected: {sources: [{serviceAccountToken: {path: token}}, {configMap: {name: settings}}, {downwardAPI: {items: [{path: cpu, resourceFieldRef: {containerName: server, resource: requests.cpu}}]}}]}}
      - {name: nfs, nfs: {server: nfs.example.org, path: /x}}
      - {name: iscsi, iscsi: {targetPortal: 10.9.9.9, iqn: "iqn.2001-04.org.example:disk", lun: 0, readOnly: true}}
      - {name: csi, csi: {driver: csi.example.org}}
      - {name: own, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1024Mi}}}}}}
"""

OTHERS = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: kept, namespace: fields}
spec:
  serviceName: kept
  selector: {matchLabels: {app: kept}}
  updateStrategy: {type: RollingUpdate}
  template:
    metadata: {labels: {app: kept}}
    spec: {containers: [{name: db, image: "db:14", ports: [{containerPort: 5432}], resources: {requests: {cpu: 0.25, memory: 256M}}, volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: fields}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      hostNetwork: true
      hostPID: true
      priorityClassName: system-node-critical
      containers: [{name: agent, image: agent, ports: [{containerPort: 9100}], resources: {requests: {cpu: 10m, memory: 16Mi}}, securityContext: {privileged: true}}]
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: plain, namespace: fields}
spec:
  selector: {matchExpressions: [{key: app, operator: In, values: [plain]}]}
  template:
    metadata: {labels: {app: plain}}
    spec: {terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [{name: plain, image: "plain:1", resources: {requests: {cpu: "0.1", memory: 10M}}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: solo, namespace: fields, labels: {app: solo}}
spec:
  hostNetwork: true
  tolerations: [{key: example.org/noisy, operator: Exists}]
  containers: [{name: solo, image: solo, ports: [{containerPort: 9200}], resources: {limits: {cpu: 0.1, memory: 32Mi}}, volumeMounts: [{name: tmp, mountPath: /tmp}]}]
  volumes: [{name: tmp, emptyDir: {}}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: fields, labels: {team: data}}
spec:
  completionMode: Indexed
  completions: 6
  parallelism: 3
  ttlSecondsAfterFinished: 360000
  template:
    metadata: {labels: {app: once}}
    spec: {restartPolicy: OnFailure, containers: [{name: once, image: once, resources: {requests: {cpu: 100m, memory: 32Mi}}}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: fields}
spec:
  schedule: "5 0 1 1 *"
  jobTemplate:
    spec:
      template:
        metadata: {labels: {app: nightly}}
        spec: {restartPolicy: Never, containers: [{name: nightly, image: nightly, resources: {requests: {cpu: 100m, memory: 32Mi}}}]}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot, namespace: fields}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: fields}, data: {colour: blue, text: "a\\nb\\n"}}
---
{apiVersion: v1, kind: Secret, metadata: {name: secret, namespace: fields}, stringData: {token: abc}}
---
{apiVersion: v1, kind: Secret, metadata: {name: pull, namespace: fields}, type: kubernetes.io/dockerconfigjson, data: {.dockerconfigjson: "e30="}}
---
apiVersion: v1
kind: Service
metadata: {name: full, namespace: fields}
spec: {type: LoadBalancer, selector: {app: full}, ports: [{name: http, port: 80, targetPort: http}, {name: quic, port: 443, protocol: UDP, targetPort: quic}]}
---
{apiVersion: v1, kind: Service, metadata: {name: kept, namespace: fields}, spec: {clusterIP: None, selector: {app: kept}, ports: [{port: 5432}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: outside, namespace: fields}, spec: {type: NodePort, sessionAffinity: ClientIP, selector: {app: full}, ports: [{port: 80, nodePort: 30080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: elsewhere, namespace: fields}, spec: {type: ExternalName, externalName: db.example.org}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: full, namespace: fields}
spec: {rules: [{host: full.example.org, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: full, port: {name: http}}}}]}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: full, namespace: fields}
spec: {podSelector: {matchLabels: {app: full}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 8080}]}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: full, namespace: fields}
spec: {minAvailable: 50%, selector: {matchLabels: {app: full}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shared, namespace: fields}
spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 2Gi}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: full, namespace: fields}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: full}
  minReplicas: 2
  maxReplicas: 10
  behavior: {scaleDown: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 0.1}}}]
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: robot, namespace: fields}, rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: robot, namespace: fields}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: robot}
subjects: [{kind: ServiceAccount, name: robot}]
"""

PLANNED = {"full": "Deployment", "kept": "StatefulSet", "agent": "DaemonSet", "plain": "ReplicaSet", "solo": "Pod", "once": "Job", "nightly": "CronJob"}


def make(folder, seed):
    del seed
    generate.write_text(folder, "app.yaml", DEPLOYMENT + "---" + OTHERS)
    planned = [generate.planned(kind, name, "app.yaml", 20, replicas={"min": 2}) for name, kind in PLANNED.items()]
    connections = [{"from": "feed", "to": name, "size": "1kB", "latency": {"limit": "5ms"}} for name in PLANNED]
    generate.write(folder, "pipeline.yaml", [generate.pipeline("fields", SPACE, {"inputs": [{"name": "feed", "site": "plant", "rate": "30/s", "size": "1kB"}], "workloads": planned,
                                                                                "connections": connections})])
    nodes = [generate.node(f"n{i}", {"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi"}, rack=f"r{i}") for i in (1, 2)]
    generate.write(folder, "topology.yaml", [generate.topology("works", [generate.cluster("plant", "edge", 0.03, nodes)], [{"name": "plant", "cluster": "plant", "latency": "1ms"}], [])])
