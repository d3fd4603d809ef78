# Makes a JSON patch of an object that has pods: what it takes to run in the network of the node.
#   $replica  number of the only replica, "" for all of them; pods that serve the same port cannot share a node
#   $port     the port instead of 4040, wherever that is named
def pointer: map("/" + (tostring | gsub("~"; "~0") | gsub("/"; "~1"))) | join("");
(if .kind == "Pod" then ["spec"] else ["spec", "template", "spec"] end) as $pod
| [{op: "add", path: ($pod + ["hostNetwork"] | pointer), value: true}]
# The host name is the node's, so that each candidate needs a name of its own.
+ [getpath($pod).containers | to_entries[] | select(any(.value.env[]?; .name == "ELECTOR_ID") | not)
   | ($pod + ["containers", .key, "env"] | pointer) as $env
   | {name: "ELECTOR_ID", valueFrom: {fieldRef: {fieldPath: "metadata.name"}}} as $id
   | if .value.env then {op: "add", path: ($env + "/-"), value: $id} else {op: "add", path: $env, value: [$id]} end]
+ [paths(. == 4040 or (type == "string" and contains("4040"))) as $path | getpath($path)
   | {op: "replace", path: ($path | pointer), value: (if type == "number" then $port | tonumber else gsub("4040"; $port) end)}]
+ if $replica == "" then [] else
    [{op: "replace", path: "/metadata/name", value: "\(.metadata.name)-\($replica)"},
     {op: "replace", path: "/spec/replicas", value: 1},
     {op: "add", path: "/spec/selector/matchLabels/replica", value: $replica},
     {op: "add", path: "/spec/template/metadata/labels/replica", value: $replica}]
  end
