-- What was tried so that a server takes a message.

-- A run that tries the same again, and is told the same, adds nothing.
-- name: tried_put
INSERT INTO tried (placement, seq, change, sha256, code, text)
SELECT :placement, (SELECT ifnull(max(seq), 0) + 1 FROM tried
		WHERE placement = :placement), :change, :sha256, :code, :text
WHERE NOT EXISTS (SELECT 1 FROM tried WHERE placement = :placement
	AND change IS :change AND sha256 IS :sha256 AND text = :text);

-- name: tried_each
SELECT change, sha256, code, text FROM tried
WHERE placement = :placement ORDER BY seq;
