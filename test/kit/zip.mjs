// Zip packages member by member, with the compressed bytes as they are: to see what was left untouched, and to put
// one changed member back without disturbing the others. Knows no zip64 and no encryption.
import { deflateRawSync, inflateRawSync } from "node:zlib";

const table = Uint32Array.from({ length: 256 }, (_, n) => {
	for (let i = 0; i < 8; i++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
	return n >>> 0;
});

function crc32(bytes) {
	let c = 0xffffffff;
	for (const b of bytes) c = table[(c ^ b) & 255] ^ (c >>> 8);
	return (c ^ 0xffffffff) >>> 0;
}

/** @returns {Map<string, {method: number, crc: number, size: number, packed: Buffer}>} */
export function unzip(bytes) {
	let end = bytes.length - 22;
	while (end >= 0 && bytes.readUInt32LE(end) !== 0x06054b50) end--;
	if (end < 0) throw new Error("not a zip package");
	const members = new Map();
	let at = bytes.readUInt32LE(end + 16);
	for (let i = bytes.readUInt16LE(end + 10); i > 0; i--) {
		if (bytes.readUInt32LE(at) !== 0x02014b50) throw new Error("broken zip directory");
		const [nameN, extraN, noteN] = [28, 30, 32].map((o) => bytes.readUInt16LE(at + o));
		const name = bytes.toString("utf8", at + 46, at + 46 + nameN);
		const local = bytes.readUInt32LE(at + 42);
		const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
		members.set(name, {
			method: bytes.readUInt16LE(at + 10),
			crc: bytes.readUInt32LE(at + 16),
			size: bytes.readUInt32LE(at + 24),
			packed: bytes.subarray(from, from + bytes.readUInt32LE(at + 20)),
		});
		at += 46 + nameN + extraN + noteN;
	}
	return members;
}

export const content = (member) => (member.method ? inflateRawSync(member.packed) : member.packed);

export function pack(text) {
	const bytes = Buffer.from(text);
	return { method: 8, crc: crc32(bytes), size: bytes.length, packed: deflateRawSync(bytes) };
}

export function zip(members) {
	const parts = [];
	const directory = [];
	let at = 0;
	for (const [name, m] of members) {
		const label = Buffer.from(name);
		const common = Buffer.alloc(26);
		common.writeUInt16LE(20, 0);
		common.writeUInt16LE(0x800, 2);
		common.writeUInt16LE(m.method, 4);
		common.writeUInt16LE(0x21, 8);
		common.writeUInt32LE(m.crc, 10);
		common.writeUInt32LE(m.packed.length, 14);
		common.writeUInt32LE(m.size, 18);
		common.writeUInt16LE(label.length, 22);
		const entry = Buffer.alloc(14);
		entry.writeUInt32LE(at, 10);
		parts.push(Buffer.from("PK\x03\x04", "latin1"), common, label, m.packed);
		directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, entry, label);
		at += 30 + label.length + m.packed.length;
	}
	const list = Buffer.concat(directory);
	const end = Buffer.alloc(22);
	end.writeUInt32LE(0x06054b50, 0);
	end.writeUInt16LE(members.size, 8);
	end.writeUInt16LE(members.size, 10);
	end.writeUInt32LE(list.length, 12);
	end.writeUInt32LE(at, 16);
	return Buffer.concat([...parts, list, end]);
}
