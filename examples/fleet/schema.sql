-- Times are milliseconds since 1970, 0 for none: both engines store them alike.

-- An account that has installed the app.
CREATE TABLE IF NOT EXISTS fleet_accounts (
    id               TEXT PRIMARY KEY CHECK (id <> ''),
    state            TEXT NOT NULL,             -- waiting, running, done, refused
    reason           TEXT NOT NULL DEFAULT '',  -- the error of its latest run
    next_run         BIGINT NOT NULL DEFAULT 0, -- not before this time
    run              BIGINT NOT NULL DEFAULT 0, -- the number of its latest run
    run_since        BIGINT NOT NULL DEFAULT 0,
    refresh_token    TEXT NOT NULL CHECK (refresh_token <> ''), -- a credential
    access_token     TEXT NOT NULL DEFAULT '',  -- a credential
    expires          BIGINT NOT NULL DEFAULT 0,
    refreshing_since BIGINT NOT NULL DEFAULT 0, -- a refresh began and has not been saved: its token may be lost
    refreshing_until BIGINT NOT NULL DEFAULT 0  -- no other refresh may begin before this time
);

-- The refresh tokens that came from a CSV file. None is taken twice: HubSpot may have
-- replaced it since.
CREATE TABLE IF NOT EXISTS fleet_imports (
    account TEXT NOT NULL REFERENCES fleet_accounts (id),
    sha256  TEXT NOT NULL,
    PRIMARY KEY (account, sha256)
);

-- A limit to lift.
CREATE TABLE IF NOT EXISTS fleet_limits (
    account    TEXT NOT NULL REFERENCES fleet_accounts (id),
    from_type  TEXT NOT NULL,
    to_type    TEXT NOT NULL,
    category   TEXT NOT NULL,
    type_id    BIGINT NOT NULL,
    state      TEXT NOT NULL DEFAULT 'waiting', -- waiting, sent, purged, failed, unknown
    unanswered BIGINT NOT NULL DEFAULT 0,   -- how often it was sent without a verdict
    error      TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (account, from_type, to_type, category, type_id)
);

-- What status shows: how many accounts and limits are in each state. since is when the
-- first account began to run, or when the first one may run again.
DROP VIEW IF EXISTS fleet_status;
CREATE VIEW fleet_status AS
SELECT 'accounts' AS what, state, count(*) AS n,
    coalesce(min(CASE state WHEN 'running' THEN run_since WHEN 'waiting' THEN next_run END), 0) AS since
FROM fleet_accounts GROUP BY state
UNION ALL
SELECT 'limits', state, count(*), 0 FROM fleet_limits GROUP BY state;

-- The accounts that somebody should look at.
DROP VIEW IF EXISTS fleet_notes;
CREATE VIEW fleet_notes AS
SELECT id, state, refreshing_since,
    CASE WHEN refreshing_since > 0 THEN 'its refresh token may be lost: a refresh was not saved. ' ELSE '' END || reason AS reason
FROM fleet_accounts WHERE state = 'refused' OR refreshing_since > 0;
