// Section 10: volumes, read as the one archive that they are slices of.
const VOLUME = "whereof-volume/v1\n";
const VOLUME_HEAD = /^whereof-volume\/v1\nvolume ([1-9][0-9]{0,2}) of ([1-9][0-9]{0,2})\nformer ([0-9a-f]{64}|none)\nslice ([0-9a-f]{64})\n\n*$/;

const startOf = async (file, length) => latin1(new Uint8Array(await file.slice(0, length).arrayBuffer()));

// Volumes come in any order from a file picker: by the number in their heads.
async function inOrder(files) {
  const numbered_ = [];
  for (const file of files) numbered_.push([Number(VOLUME_HEAD.exec(await startOf(file, 512))?.[1] ?? 0), file]);
  return numbered_.sort((one, other) => one[0] - other[0]).map(([, file]) => file);
}

// Gives the archive: the one file, or all volumes, whose chain is checked first.
async function joinVolumes(files) {
  if (files.length === 1 && (await startOf(files[0], VOLUME.length)) !== VOLUME) return files[0];
  let former = "none";
  let count = "";
  for (const [at, file] of files.entries()) {
    const place = "volume " + (at + 1);
    const head = await startOf(file, 512);
    const found = VOLUME_HEAD.exec(head);
    if (!found || head.length !== 512) throw new Bad("this is not a volume, or its header is malformed", place);
    count ||= found[2];
    if (Number(found[1]) !== at + 1) throw new Bad(`it is missing: volume ${found[1]} stands in its place`, place);
    if (found[2] !== count) throw new Bad("it is of a bundle with another number of volumes", place);
    if (found[3] !== former) throw new Bad("the volume before it is not the one that it names", place);
    const content = new Sha256();
    const whole_ = new Sha256();
    for (let from = 0; from < file.size; from += PIECE) {
      const piece = new Uint8Array(await file.slice(from, from + PIECE).arrayBuffer());
      whole_.update(piece);
      content.update(from ? piece : piece.subarray(512));
    }
    if (hex(content.digest()) !== found[4]) throw new Bad("it was changed: its slice has another digest", place);
    former = hex(whole_.digest());
  }
  if (files.length !== Number(count)) {
    throw new Bad(`it is missing: there are ${count} volumes`, "volume " + Math.min(files.length + 1, Number(count)));
  }
  return new Blob(files.map((file) => file.slice(512)));
}
