# Get-DagExplanation, Get-DagImpact, Get-DagMigration, Watch-DeploymentPlan.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    $plan = New-DeploymentPlan ./examples/llm_parallel.yaml
}

AfterAll { Exit-Scratch $scratch }

Describe 'Get-DagExplanation' {
    It 'tells terms that add up, from a plan, a node and a DAG' {
        $ofPlan = $plan | Get-DagExplanation prefill_l1_attention_sp0_tp0
        $ofNode = $plan | Get-ParallelDag | Get-DagNode prefill_l1_attention_sp0_tp0 | Get-DagExplanation
        $ofDag = Get-DagExplanation -InputObject ($plan | Get-ParallelDag) -Id prefill_l1_attention_sp0_tp0
        foreach ($explanation in $ofPlan, $ofNode, $ofDag) {
            $explanation.Find('FLOPs').Sum | Should -Be 107384668160
            $explanation.Find('FLOPs').Terms[0].Times | Should -Be 4
        }
    }

    It 'refuses an id that no node has' {
        { $plan | Get-DagExplanation nothing -ErrorAction Stop } | Should -Throw "*no node 'nothing'*"
    }

    It 'explains a block of an overview as the sum of its operators' {
        $block = $plan | Get-ParallelDag -Detail Overview | Get-DagNode -Op attention | Select-Object -First 1
        ($block | Get-DagExplanation).Find('FLOPs').Sum | Should -Be $block.Flops
    }
}

Describe 'Get-DagImpact' {
    It 'tells what one GPU stops' {
        $impact = $plan | Get-DagImpact -Gpu 5
        $impact.StillServes | Should -BeFalse
        $impact.Units.Count | Should -Be 2
        $impact.SmallestStop.Count | Should -Be 1
    }

    It 'takes nodes and domains, or each node in turn' {
        ($plan | Get-DagImpact -Node 1).Lost.ToString() | Should -Be '8-15'
        ($plan | Get-DagImpact -Domain 0, 2).Lost.ToString() | Should -Be '0-7,16-23'
        @($plan | Get-DagImpact).Count | Should -Be 8
    }

    It 'refuses <Why>' -ForEach @(
        @{ Why = 'two choices'; With = @{ Gpu = 1; Node = 1 }; Says = '*one of -Gpu, -Node and -Domain*' }
        @{ Why = 'a node that is none'; With = @{ Node = 99 }; Says = '*nodes 0 to 7*' }
        @{ Why = 'a GPU that runs nothing'; With = @{ Gpu = 100 }; Says = '*uses GPUs 0-63*' }
    ) {
        { $plan | Get-DagImpact @With -ErrorAction Stop } | Should -Throw $Says
    }
}

Describe 'Get-DagMigration' {
    It 'moves nothing to the same plan and something to another' {
        (Get-DagMigration $plan $plan).Moves | Should -BeNullOrEmpty
        $other = $plan | New-DeploymentPlan -Prefill 'pp4 ep4 tp4'
        $migration = $other | Get-DagMigration -Reference $plan
        $migration.WeightBytes | Should -BeGreaterThan 0
        $migration.LeastSeconds | Should -BeGreaterThan 0
    }
}

Describe 'Watch-DeploymentPlan' {
    It 'tells the state at once and draws it' {
        $update = Watch-DeploymentPlan ./examples/llm_parallel.yaml -Destination ./drawn -Count 1
        $update.State | Should -Be Good
        $update.Files | ForEach-Object { Test-Path $_ } | Sort-Object -Unique | Should -BeTrue
        $update.Files.Count | Should -BeGreaterThan 5
    }

    It 'draws nothing with -WhatIf' {
        (Watch-DeploymentPlan ./examples/llm_parallel.yaml -Destination ./never -Count 1 -WhatIf).Files | Should -BeNullOrEmpty
        Test-Path ./never | Should -BeFalse
    }

    It 'tells what is wrong with a file and refuses one that is not there' {
        Set-Content ./wrong.yaml 'name: wrong'
        $update = Watch-DeploymentPlan ./wrong.yaml -Count 1
        $update.State | Should -Be Unreadable
        $update.Problems | Should -BeLike '*wrong.yaml:1*'
        { Watch-DeploymentPlan ./nothing.yaml -ErrorAction Stop } | Should -Throw '*nothing.yaml*'
    }
}

Describe 'Views' {
    It 'fit <Width> columns' -ForEach @{ Width = 80 }, @{ Width = 120 } {
        $objects = @(
            $plan | Get-DagExplanation prefill_l1_dispatch
            ($plan | Get-DagExplanation prefill_l1_dispatch).Find('time')
            $plan | Get-DagImpact -Gpu 5
            $plan | New-DeploymentPlan -Prefill 'pp4 ep4 tp4' | Get-DagMigration -Reference $plan
            Watch-DeploymentPlan ./examples/llm_parallel.yaml -Count 1
        )
        foreach ($object in $objects) {
            $lines = ($object | Out-String -Width $Width) -split "`n" | ForEach-Object { $_.TrimEnd() }
            ($lines.Length | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual $Width
            $lines.Count | Should -BeGreaterThan 3
        }
    }
}
