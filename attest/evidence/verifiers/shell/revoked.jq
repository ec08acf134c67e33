def authority: . as $c | ((ext("85,29,19") // []) | index(255) != null) or (ext("85,29,37") as $b | $b != null and ($b | [kids(el(0))[] as $k | name($k)] | index("43,6,1,5,5,7,3,8") != null));
only(["mediaType", "revoked"]; []) | need("an unknown type of revocations"; .mediaType == "application/vnd.whereof.revocations+json;version=1")
| need("there are too many revocations"; (.revoked | type) == "array" and (.revoked | length) <= 1024)
| [.revoked[] | only(["certificate", "since"]; [])
  | need("this is not a moment"; (.since | type) == "string" and (.since | test("^(19[7-9][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")))
  | (.certificate | bytes64 | cert) as $c | need("this is no authority"; $c | authority) | {key: $c.spki, since: (.since | moment)}]
