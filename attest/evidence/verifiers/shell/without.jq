def ended: reduce $revoked[][] as $r (.; if any(.chain[]; .spki == $r.key) then .revoked = true | .end = ([.end, $r.since - 0.000001] | map(values) | min) else . end);
.cas |= map(ended) | .tsas |= map(ended)
