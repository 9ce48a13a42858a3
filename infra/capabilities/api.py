"""The HTTP API: routes with their own limits, CORS (the handlers judge the origin), a log without people."""

import json

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as awslambda
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.routes import ADMIN, ROUTES

CORS_HEADERS = [
    "anonymousid",  # RudderStack's client sends it, and asks for nothing by it
    "authorization",
    "content-type",
    "content-encoding",
    "if-match",
    "x-rapport-key",
    "x-rapport-user",
]
CORS_EXPOSES = ["etag", "location", "rapport-degraded", "retry-after"]
# Neither address nor path: a path may carry a person's token.
LOGGED = {
    "request": "$context.requestId",
    "route": "$context.routeKey",
    "status": "$context.status",
    "ms": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}


class Api(Construct):
    """The one HTTP API. Its address is known before its routes, so that functions may be told it."""

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        self.http = gateway.HttpApi(
            self,
            "Http",
            api_name=name,
            create_default_stage=False,
            cors_preflight=gateway.CorsPreflightOptions(
                allow_origins=["*"],
                allow_methods=[gateway.CorsHttpMethod.ANY],
                allow_headers=CORS_HEADERS,
                expose_headers=CORS_EXPOSES,
                max_age=Duration.hours(1),
            ),
        )

    def answer(self, functions: dict[str, awslambda.IFunction]) -> None:
        """Add every route of `infra/routes.py`, each answered by its function, and the stage that serves them."""
        targets = {
            name: integrations.HttpLambdaIntegration(name.title(), functions[name])
            for name in {route.function for route in ROUTES}
        }
        stage = self._stage()
        for route in ROUTES:
            added = self.http.add_routes(
                path=route.path, methods=[gateway.HttpMethod[route.method]], integration=targets[route.function]
            )
            stage.node.add_dependency(*added)  # a limit may name only a route that exists

    def _stage(self) -> gateway.HttpStage:
        log = logs.LogGroup(
            self, "Access", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        stage = gateway.HttpStage(
            self,
            "Stage",
            http_api=self.http,
            stage_name="$default",
            auto_deploy=True,
            throttle=gateway.ThrottleSettings(rate_limit=ADMIN.rate, burst_limit=ADMIN.burst),
        )
        plain = stage.node.default_child
        plain.access_log_settings = gateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log.log_group_arn, format=json.dumps(LOGGED)
        )
        plain.route_settings = {
            route.key: {"ThrottlingRateLimit": route.limit.rate, "ThrottlingBurstLimit": route.limit.burst}
            for route in ROUTES
        }
        return stage
