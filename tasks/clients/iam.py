"""Scaleway's IAM, by its SDK."""

from scaleway.iam.v1alpha1 import IamV1Alpha1API

from tasks.clients.scaleway import PatientApi


class IamApi(PatientApi, IamV1Alpha1API):
    """Applications, what they may do, and their API keys."""

    permissions = "IAMApplicationManager and IAMPolicyManager"
    repeats_posts = False
