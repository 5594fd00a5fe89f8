TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Db:
    Type: AWS::SecretsManager::Secret
"""
