((.logs + .ct)[] | ["d", .file, .key] | tsv), ((.cas + .tsas)[].chain[] | (["p", .file + ".pem", .der] | tsv), (["w", .file + ".spki", (.spki | octal)] | tsv)),
((.cas + .tsas)[].chain | range(1; length) as $i | ["v", .[$i - 1].file, .[$i].file] | tsv)
