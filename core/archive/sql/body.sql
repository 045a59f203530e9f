-- name: piece_drop
DELETE FROM piece WHERE id = :piece;

-- name: piece_find
-- Who makes marks meet makes few comparisons of them.
SELECT id FROM (SELECT id, codec, octets, data FROM piece
	WHERE mark = :mark ORDER BY id LIMIT 8)
WHERE codec = :codec AND octets = :octets AND data = :data;

-- name: piece_add
INSERT INTO piece (mark, octets, codec, data)
VALUES (:mark, :octets, :codec, :data);

-- name: body_find
SELECT id FROM body
WHERE variant IS :variant AND substr(sha256, 1, 8) = substr(:sha256, 1, 8)
	AND sha256 = :sha256;

-- name: body_add
INSERT INTO body (sha256, octets, shape, longest_line, variant)
VALUES (:sha256, :octets, :shape, :longest_line, :variant);

-- name: body_piece_add
INSERT INTO body_piece (body, seq, piece) VALUES (:body, :seq, :piece);

-- name: body_get
SELECT id, octets, sha256, shape, longest_line FROM body WHERE id = :body;

-- name: body_each
SELECT id, octets, sha256, shape, longest_line
FROM body WHERE id > :after ORDER BY id;

-- name: piece_read
SELECT piece.octets, piece.codec, piece.data
FROM body_piece JOIN piece ON piece.id = body_piece.piece
WHERE body_piece.body = :body AND body_piece.seq = :seq;
