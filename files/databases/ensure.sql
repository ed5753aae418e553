-- Before this: \set role, \set verifier and \set options of a new database. After it: the extensions.
-- Two hosts of one group may be at work at the same time.
SELECT pg_advisory_lock(hashtext('guildhall databases'));

SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN PASSWORD :'verifier';
-- The administrator is no superuser: only as a member of the role may it give the role a database.
GRANT :"role" TO CURRENT_USER;

SELECT format('CREATE DATABASE %I OWNER %I', :'role', :'role') || :'options'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'role') \gexec
ALTER DATABASE :"role" OWNER TO :"role";

\connect :role
SET ROLE :"role";
REVOKE CONNECT ON DATABASE :"role" FROM PUBLIC;
