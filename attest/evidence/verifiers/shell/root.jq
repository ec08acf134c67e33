(if has("trustedRoot") then .trustedRoot else . end) | need("this is no trusted root"; .mediaType | contains("trustedroot"))
| def span: {start: (.start | moment), end: (if has("end") then .end | moment else null end)};
  def logs($tag): to_entries | map(.value as $v | ($v.publicKey.rawBytes | bytes64) as $k
    | {name: $v.baseUrl, id: ($v.logId.keyId | blob64), hint: ($v.checkpointKeyId.keyId // $v.logId.keyId | bytes64), key: $v.publicKey.rawBytes,
       hash: ($k | keykind), file: "\($tag)\(.key).key"} + ($v.publicKey.validFor | span));
  def chains($tag): to_entries | map(.key as $n | .value as $v | ($v.validFor | span)
    + {chain: [$v.certChain.certificates | to_entries[] | (.value.rawBytes | bytes64 | cert) + {der: .value.rawBytes, file: "\($tag)\($n).\(.key)"} | del(.head)]})
    | need("an authority has no certificate"; all(.[]; .chain | length > 0));
  {logs: (.tlogs | logs("log")), ct: (.ctlogs | logs("ct")), cas: (.certificateAuthorities | chains("ca")), tsas: (.timestampAuthorities | chains("tsa"))}
