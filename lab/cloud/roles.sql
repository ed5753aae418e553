-- As a managed database gives it: may make databases and roles, is no superuser.
CREATE ROLE @POSTGRES_USER@ LOGIN CREATEDB CREATEROLE PASSWORD '@POSTGRES_PASSWORD@';
