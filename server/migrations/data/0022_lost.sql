-- 无法登录时注销: what somebody claims who has neither phone, nor password, nor a device left. Whether there is such an account
-- is not looked up when it is filed, and no row tells.
CREATE TABLE lost_claim (
    id            TEXT   NOT NULL PRIMARY KEY,
    -- open, granted, refused, taken_back or completed.
    state         TEXT   NOT NULL,
    -- What was typed, and the token of the secret link: sealed under a key of the claim's own, which goes with its end.
    content       BLOB,
    -- What the officer answered, and who that was; what stands in the way of a grant. Both sealed in the same way.
    answer        BLOB,
    in_the_way    BLOB,
    -- Why it was refused; there is no refusal without it.
    reason        TEXT,
    -- SHA-256 of the token of the secret link.
    token_hash    BLOB   NOT NULL UNIQUE,
    -- Of the account as it was typed, and of the phone that answers: indexes that nothing else uses, gone with the key.
    account_index BLOB,
    contact_index BLOB,
    -- Which execution carries it out: the secret link leads to its certificate.
    execution_id  TEXT,
    made_at       BIGINT NOT NULL,
    -- Last moment by which it is answered.
    due_at        BIGINT NOT NULL,
    -- When it was first noticed that the answer is late.
    overdue_at    BIGINT,
    ended_at      BIGINT,
    -- When its keys were destroyed.
    closed_at     BIGINT,
    CHECK ((state IN ('open', 'granted')) = (ended_at IS NULL)),
    CHECK (state <> 'refused' OR reason IS NOT NULL),
    CHECK (closed_at IS NULL OR (content IS NULL AND account_index IS NULL AND contact_index IS NULL))
);
CREATE INDEX lost_claim_by_account ON lost_claim (account_index) WHERE state = 'open';
CREATE INDEX lost_claim_by_contact ON lost_claim (contact_index) WHERE ended_at IS NULL;
CREATE INDEX lost_claim_by_execution ON lost_claim (execution_id) WHERE execution_id IS NOT NULL;
CREATE INDEX lost_claim_unclosed ON lost_claim (ended_at) WHERE closed_at IS NULL;

-- Whose account a granted claim is about, while it is there.
CREATE TABLE lost_grant (
    claim_id  TEXT NOT NULL PRIMARY KEY REFERENCES lost_claim (id),
    person_id TEXT NOT NULL REFERENCES person (id)
);
CREATE INDEX lost_grant_by_person ON lost_grant (person_id);
