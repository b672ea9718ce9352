-- What sending needs beside the notices themselves.

-- Why a recipient keeps what it was told to erase: law, contract, consent or dispute.
ALTER TABLE delivery ADD COLUMN reason TEXT;
-- Each recipient has its own queue: a slow one holds up nobody else's.
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (recipient, next_at) WHERE state = 'waiting';
-- What is not over yet, for the operator's list.
CREATE INDEX delivery_open ON delivery (due_at) WHERE state NOT IN ('completed', 'retained');
